// `make run` as a person uses it: start, the README's first call, Ctrl-C, start again, also after a crash.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../..');
const STARTUP_MS = 120_000;

mkdirSync(join(ROOT, '.build'), { recursive: true });
const home = process.env.CHECK_HOME ?? mkdtempSync(join(ROOT, '.build/home.'));
const port = await freePort();

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function environment(extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(TWILIO_|MAKE|MFLAGS|NODE_TEST)/.test(name));
  return { ...Object.fromEntries(kept), WORLDTUNE_HOME: home, PORT: String(port), ...extra };
}

// A process group of its own stands for the terminal: Ctrl-C reaches everything in it.
function makeRun(extra) {
  const command = ['setpriv', '--pdeathsig', 'TERM', 'make', 'run']; // also when this test is killed
  const child = spawn(command[0], command.slice(1), {
    cwd: ROOT,
    detached: true,
    env: environment(extra),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { child, output: '' };
  run.ended = new Promise((done) => child.once('close', (status, signal) => done({ status, signal })));
  run.up = new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`not up in time:\n${run.output}`)), STARTUP_MS);
    const listen = (chunk) => {
      run.output += chunk;
      if (run.output.includes('Ctrl-C stops it')) done(clearTimeout(timer));
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    run.ended.then(() => fail(new Error(`ended before it was up:\n${run.output}`, clearTimeout(timer))));
  });
  run.up.catch(() => {});
  run.interrupt = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGINT');
    return run.ended;
  };
  return run;
}

function readProc(pid, read) {
  try {
    return read(`/proc/${pid}`);
  } catch {
    return ''; // it has just ended, or it is somebody else's
  }
}

function processesOfHome() {
  const belongs = (pid) =>
    readProc(pid, (dir) => readFileSync(`${dir}/environ`, 'latin1')).includes(`WORLDTUNE_HOME=${home}\0`) ||
    readProc(pid, (dir) => readlinkSync(`${dir}/cwd`)).startsWith(`${home}/`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && belongs(name))
    .map(
      (pid) =>
        `${pid} ${readProc(pid, (dir) => readFileSync(`${dir}/cmdline`, 'utf8')).replaceAll('\0', ' ')}`,
    );
}

function env() {
  const lines = readFileSync(join(home, 'env'), 'utf8').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

function sql(query) {
  const psql = spawnSync('psql', ['-XAtq', env().DATABASE_URL, '-c', query], { encoding: 'utf8' });
  assert.equal(psql.stderr, '');
  return psql.stdout.trim();
}

// The README's section: what to type (sh) and what one sees (text), in pairs.
function firstCallSteps() {
  const section = readFileSync(join(ROOT, 'README.md'), 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith('A first call'));
  return [...section.matchAll(/```sh\n(.*?)```(?:\s*```text\n(.*?)```)?/gs)].map(([, typed, seen]) => ({
    typed,
    seen,
  }));
}

// Identifiers, times and the widths of columns differ from one run to the next.
function comparable(text) {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\b(CA)[0-9a-f]{32}\b/g, '<sid>')
    .replace(/\d{4}-\d\d-\d\d[ T][\d:.]+(Z|[+-]\d\d(:?\d\d)?)?/g, '<time>')
    .replace(/[ \t]+/g, ' ')
    .replace(/-{2,}/g, '--')
    .trim();
}

function typeAll(steps) {
  const script = steps
    .map(({ typed }) => `${typed}\nprintf '\\f'`)
    .join('\n')
    .replaceAll('.worldtune/', `${home}/`);
  const shell = spawnSync('bash', ['-eu', '-c', script], {
    cwd: ROOT,
    encoding: 'utf8',
    env: environment(),
    timeout: STARTUP_MS,
  });
  assert.equal(shell.status, 0, shell.stderr + shell.stdout);
  return shell.stdout.split('\f');
}

describe('make run', () => {
  let run;
  let account;

  before(async () => {
    run = makeRun();
    await run.up;
  });

  after(async () => {
    await run.interrupt();
    rmSync(home, { recursive: true, force: true });
  });

  test('serves, and says where', async () => {
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    assert.equal(health.status, 200);
    assert.match(run.output, /everyday prices: the lower end of each range/);
    assert.match(run.output, new RegExp(`http://localhost:${port}/#token=[\\w-]+\\.[\\w-]+\\.[\\w-]+`));
  });

  test('writes an env file that only its owner reads', () => {
    assert.equal(statSync(join(home, 'env')).mode & 0o777, 0o600);
    const names = [
      'DATABASE_URL',
      'RELAY_URL',
      'LIVE_URL',
      'DEMO_USER_ID',
      'DEMO_JWT',
      'SUPABASE_JWT_SECRET',
      'TWILIO_ACCOUNT_SID',
      'TWILIO_AUTH_TOKEN',
    ];
    for (const name of names) assert.ok(env()[name], name);
  });

  test('lets nobody into the database without a password', () => {
    const url = new URL(env().DATABASE_URL);
    url.password = '';
    const psql = spawnSync('psql', ['-XwAtq', url.href, '-c', 'SELECT 1'], { encoding: 'utf8' });
    assert.notEqual(psql.status, 0);
    assert.match(psql.stderr, /password/);
  });

  test('shows the first call of the README', () => {
    const steps = firstCallSteps();
    assert.ok(steps.length > 2, `${steps.length} steps`);
    const outputs = typeAll(steps);
    steps.forEach(({ typed, seen }, index) => {
      if (seen !== undefined) assert.equal(comparable(outputs[index]), comparable(seen), typed);
    });
    account = sql(
      `SELECT credit_balance, (SELECT count(*) FROM credit_ledger) FROM users WHERE id = '${env().DEMO_USER_ID}'`,
    );
  });

  test('refuses a port that is taken, in one line', async () => {
    const second = makeRun();
    assert.notEqual((await second.ended).status, 0);
    assert.match(second.output, new RegExp(`^error: port ${port} is taken.*\nmake: .*\n$`));
  });

  test('refuses a home that another run uses, in one line', async () => {
    const second = makeRun({ PORT: String(await freePort()) });
    assert.notEqual((await second.ended).status, 0);
    assert.match(second.output, /^error: another `make run` uses /m);
  });

  test('stops everything on Ctrl-C', async () => {
    await run.interrupt();
    assert.deepEqual(processesOfHome(), []);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
  });

  test('keeps the data', async () => {
    const earlier = env();
    run = makeRun();
    await run.up;
    for (const name of ['DEMO_USER_ID', 'SUPABASE_JWT_SECRET', 'TWILIO_AUTH_TOKEN'])
      assert.equal(env()[name], earlier[name]);
    assert.equal(
      sql(
        `SELECT credit_balance, (SELECT count(*) FROM credit_ledger) FROM users WHERE id = '${earlier.DEMO_USER_ID}'`,
      ),
      account,
    );
    assert.equal(sql('SELECT count(*) FROM worldtune.rate_decks'), '1');
  });

  test('stops, and says why, when PostgreSQL is killed', async () => {
    const [pid] = readFileSync(join(home, 'postgresql/data/postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGKILL');
    assert.notEqual((await run.ended).status, 0);
    assert.match(run.output, /^error: postgresql ended by itself/m);
    assert.ok(existsSync(join(home, 'postgresql/data/postmaster.pid')), 'the crash leaves a pid file');
  });

  test('starts again after that crash, with sound books', async () => {
    run = makeRun();
    await run.up;
    assert.equal(sql('SELECT count(*) FROM worldtune.check_integrity()'), '0');
  });
});
