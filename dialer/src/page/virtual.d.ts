/** The URL of the file that flags.ts makes. */
declare module 'virtual:flags' {
  const url: string;
  export default url;
}
