/**
 * The Voice SDK speaks wss:// alone, and keeps the WebSocket that it finds when its module is loaded. To reach a
 * sandbox carrier on this machine it is given one that speaks ws:// to that host, and to no other.
 */
export async function withLocalSockets<T>(signalling: string | null, load: () => Promise<T>): Promise<T> {
  if (signalling === null) return load();
  const secure = `wss://${signalling}/signal`;
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(String(url) === secure ? `ws://${signalling}/signal` : url, protocols);
    }
  };
  try {
    return await load();
  } finally {
    globalThis.WebSocket = Native;
  }
}
