/** HTTP byte by byte, for what no client library sends. */
import { connect } from 'node:net';

/** Sends the bytes; answers all that comes back until the other side closes, or `waitMs` have passed. */
export async function exchange(port, bytes, { waitMs = 3000 } = {}) {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => (text += chunk));
  socket.write(bytes);
  const timer = setTimeout(() => socket.destroy(), waitMs);
  socket.on('end', () => {
    closed = true;
    socket.destroy();
  });
  await new Promise((resolve) => socket.on('close', resolve));
  clearTimeout(timer);
  const statuses = [...text.matchAll(/^HTTP\/1\.\d (\d{3}) /gm)].map(([, status]) => Number(status));
  return { text, closed, statuses };
}

/** So many clients that send `first` and then a byte now and then. `stop` lets go of those that are left. */
export async function startDrippers(port, count, first, everyMs = 200) {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.on('connect', () => socket.write(first));
    socket.resume();
    return socket;
  });
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const timer = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write('x')), everyMs);
  return {
    sockets,
    open: () => sockets.filter(({ closed, readableEnded }) => !closed && !readableEnded).length,
    stop() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}
