/** The public address of a relay: bytes pass through unchanged, and the relay behind it may come and go. */
import { connect, createServer } from 'node:net';

export async function startFront() {
  const front = { port: null };
  const open = new Set();
  const server = createServer((outside) => {
    open.add(outside.on('close', () => open.delete(outside)).on('error', () => {}));
    if (!front.port) return outside.destroy();
    // What the relay still said before it broke off is passed on.
    const inside = connect(front.port, '127.0.0.1').on('error', () => outside.end());
    outside.on('close', () => inside.destroy());
    outside.pipe(inside).pipe(outside);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  front.url = `http://127.0.0.1:${server.address().port}`;
  front.stop = () => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return front;
}
