/** How far a long test is: a line now and then for whoever watches. TORTURE_PROGRESS: somebody does. */
const EVERY_MS = 5000;
let last = -EVERY_MS;

export function progress(line) {
  if (!process.env.TORTURE_PROGRESS || performance.now() - last < EVERY_MS) return;
  last = performance.now();
  process.stderr.write(`${line}\n`);
}
