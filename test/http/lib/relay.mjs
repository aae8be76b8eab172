/** The relay as a process. RELAY_BIN names the program; otherwise it is the one that relay/Makefile builds. */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startProgram } from './processes.mjs';

export const PROGRAM =
  process.env.RELAY_BIN ?? fileURLToPath(new URL('../../../relay/worldtune-relay', import.meta.url));
const STOP_MS = 20000;

export const JWT_SECRET = 'a-secret-of-the-tests-with-32-characters-at-least';
export const ACCOUNT = {
  TWILIO_ACCOUNT_SID: 'AC5a4db0c5000000000000000000000000',
  TWILIO_AUTH_TOKEN: '8f2c1d4b5a6e7f8091a2b3c4d5e6f708',
  TWILIO_API_KEY: 'SK5a4db0c5000000000000000000000000',
  TWILIO_API_SECRET: 'test_api_secret_0123456789abcdef',
  TWILIO_TWIML_APP_SID: 'AP5a4db0c5000000000000000000000000',
  TWILIO_PHONE_NUMBER: '+15005550006',
};

/** Runs the program to its end; `input` is its standard input. */
export async function runRelay(args, environment, input = '') {
  const { child, ended } = startProgram(PROGRAM, args, { env: environment });
  child.stdin.on('error', () => {}); // it need not read it
  child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => (output[name] += chunk));
  const [status] = await ended;
  return { status, ...output };
}

export async function startRelay(settings, args = []) {
  const environment = { ...ACCOUNT, SUPABASE_JWT_SECRET: JWT_SECRET, LISTEN: '127.0.0.1:0', ...settings };
  const { child, ended } = startProgram(PROGRAM, args, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = [];
  const readers = [child.stdout, child.stderr].map((input) => createInterface(input));
  const ready = new Promise((resolve) => {
    for (const reader of readers)
      reader.on('line', (line) => {
        log.push(line);
        if (line.includes('"ready"')) resolve(JSON.parse(line));
      });
  });
  const started = await Promise.race([ready, ended.then(() => null)]);
  assert.ok(started, `the relay did not start:\n${log.join('\n')}`);

  return {
    port: started.port,
    liveUrl: `ws://127.0.0.1:${started.live_port}/api/calls/live`,
    pid: child.pid,
    log,
    /** Nobody reads the log until it is resumed. */
    pauseLog: () => readers.forEach((reader) => reader.pause()),
    resumeLog: () => readers.forEach((reader) => reader.resume()),
    /** Stops as an operator would; fails when the relay does not end well. */
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      if (child.exitCode === null) child.kill('SIGTERM');
      const [status, signal] = await ended;
      clearTimeout(timer);
      assert.deepEqual({ status, signal }, { status: 0, signal: null }, log.slice(-40).join('\n'));
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
