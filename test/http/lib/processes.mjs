/** Programs that a test starts. None outlives it, also when it is interrupted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** Answers the child, and the promise of how it ends: [status, signal]. */
export function startProgram(program, args, options) {
  const child = spawn(program, args, options);
  running.add(child);
  const ended = once(child, 'close').finally(() => running.delete(child));
  return { child, ended };
}
