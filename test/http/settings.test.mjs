/** Settings while the relay runs: read again at SIGHUP, for the requests that follow. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProgram } from './lib/processes.mjs';
import { BrowserCall, JAMAICA, readDial } from './lib/calls.mjs';
import { ACCOUNT, PROGRAM, runRelay, startRelay } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const NEW_SECRET = 'another-secret-of-more-than-32-characters';
const CALLER_ID = '+15005550009';

let world, user, directory, file, relay, url;

/** The relay reads the file again; answers when the log says what came of it. */
async function reload(lines, event) {
  await writeFile(file, lines.join('\n'));
  const seen = relay.log.length;
  process.kill(relay.pid, 'SIGHUP');
  await until(event, () => relay.log.slice(seen).some((line) => line.includes(`"${event}"`)));
  return relay.log.slice(seen);
}

const statusOf = async (token) => (await world.api('GET', '/api/account', { url, token })).status;

before(async () => {
  world = await startWorld();
  user = await world.database.addUser();
  directory = await mkdtemp(join(tmpdir(), 'worldtune-settings-'));
  file = join(directory, 'relay.conf');
  await writeFile(file, '');
  relay = await startRelay(
    { DATABASE_URL: world.database.relayUrl, PUBLIC_URL: world.url, TWILIO_API_BASE: world.carrier.url },
    ['--config', file],
  );
  url = `http://127.0.0.1:${relay.port}`;
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  try {
    await relay?.stop();
  } finally {
    await world?.stop();
    await rm(directory, { recursive: true });
  }
});

describe('SIGHUP', () => {
  it('brings the file’s settings into force, and ends nothing', async () => {
    await reload([`SUPABASE_JWT_SECRET=${NEW_SECRET}`, `TWILIO_PHONE_NUMBER=${CALLER_ID}`], 'reloaded');
    assert.deepEqual(
      [await statusOf(userToken(user.id)), await statusOf(userToken(user.id, {}, NEW_SECRET))],
      [401, 200],
    );
    const call = new BrowserCall(world, user, JAMAICA);
    const answer = await world.webhook('/api/twilio/twiml', call.voice, {
      url,
      signedUrl: `${world.url}/api/twilio/twiml`,
    });
    assert.equal(readDial(answer.text).callerId, CALLER_ID);
  });

  it('leaves everything as it was when a setting is wrong, and says which', async () => {
    const lines = await reload(['SUPABASE_JWT_SECRET=short'], 'not_reloaded');
    assert.ok(lines.some((line) => line.includes('SUPABASE_JWT_SECRET: must have at least 32 characters')));
    assert.equal(await statusOf(userToken(user.id, {}, NEW_SECRET)), 200);
  });

  it('says what it cannot change', async () => {
    const fixed = ['DATABASE_PREPARE=off', 'HTTP_THREADS=7', 'LISTEN=127.0.0.1:1'];
    const lines = await reload([...fixed, `SUPABASE_JWT_SECRET=${NEW_SECRET}`], 'reloaded');
    const named = lines
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'setting_needs_restart');
    assert.deepEqual(
      named.map(({ name }) => name),
      fixed.map((line) => line.split('=')[0]),
    );
    assert.equal(await statusOf(userToken(user.id, {}, NEW_SECRET)), 200);
  });

  it('brings what is logged into force, too', async () => {
    const other = NEW_SECRET.toUpperCase();
    await writeFile(file, `LOG_LEVEL=error\nSUPABASE_JWT_SECRET=${other}`);
    process.kill(relay.pid, 'SIGHUP');
    await until('it is in force', async () => (await statusOf(userToken(user.id, {}, other))) === 200);
    await world.api('GET', '/unheard-of', { url });
    await reload([`SUPABASE_JWT_SECRET=${NEW_SECRET}`], 'reloaded');
    assert.ok(!relay.log.some((line) => line.includes('/unheard-of')));
  });

  it('believes the old and the new token of Twilio while one is rotated', async () => {
    const old = ACCOUNT.TWILIO_AUTH_TOKEN;
    await reload([`TWILIO_AUTH_TOKEN=0123456789abcdef0123456789abcdef,${old}`], 'reloaded');
    const call = new BrowserCall(world, user, JAMAICA);
    const signedUrl = `${world.url}/api/twilio/twiml`;
    assert.equal((await world.webhook('/api/twilio/twiml', call.voice, { url, signedUrl })).status, 200);
    await reload(['TWILIO_AUTH_TOKEN=0123456789abcdef0123456789abcdef'], 'reloaded');
    assert.equal((await world.webhook('/api/twilio/twiml', call.voice, { url, signedUrl })).status, 403);
  });

  it('under load answers every request', async () => {
    let going = true;
    const statuses = new Set();
    const clients = Array.from({ length: 4 }, async () => {
      while (going) statuses.add((await world.api('GET', '/api/rates/lookup?country=GB', { url })).status);
    });
    try {
      for (let i = 0; i < 20; i++) await reload([`ALLOWED_ORIGINS=https://a${i}.example.org`], 'reloaded');
    } finally {
      going = false;
    }
    await Promise.all(clients);
    assert.deepEqual([...statuses], [200]);
  });
});

describe('systemd', () => {
  it('is told when the relay is ready, reads its settings again, and stops', async () => {
    const socket = join(directory, 'notify');
    const bind = `use Socket; $| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un("${socket}")) or die;
      print "bound\n"; while (defined recv(S, $m, 4096, 0)) { print "$m\n" }`;
    const { child, ended } = startProgram('perl', ['-e', bind], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.on('data', (chunk) => (told += chunk));
    await until('it listens', () => told.includes('bound'));
    await world.withRelay({ NOTIFY_SOCKET: socket }, async ({ relay: other }) => {
      await until('it is ready', () => told.includes('READY=1'));
      process.kill(other.pid, 'SIGHUP');
      await until('it reads again', () => /RELOADING=1\nMONOTONIC_USEC=\d+\nREADY=1/.test(told));
    });
    await until('it stops', () => told.includes('STOPPING=1'));
    child.kill();
    await ended;
  });
});

describe('make install', () => {
  it('puts the program, its manual, its sentences and its unit where they belong', async () => {
    const root = join(directory, 'installed');
    const relay = fileURLToPath(new URL('../../relay', import.meta.url));
    // With the program as it is built already.
    const make = [
      '-C',
      relay,
      '-o',
      PROGRAM,
      'install',
      `DESTDIR=${root}`,
      'PREFIX=/opt/relay',
      `PROGRAM=${PROGRAM}`,
    ];
    assert.equal(spawnSync('make', make, { stdio: 'pipe' }).status, 0);
    const at = (path) => join(root, 'opt/relay', path);
    assert.deepEqual(await readFile(at('sbin/worldtune-relay')), await readFile(PROGRAM));
    assert.match(await readFile(at('share/man/man8/worldtune-relay.8'), 'utf8'), /^\.TH WORLDTUNE-RELAY 8 /);
    assert.match(await readFile(at('share/worldtune-relay/sentences/de.conf'), 'utf8'), /^language = de/m);
    const unit = await readFile(at('lib/systemd/system/worldtune-relay.service'), 'utf8');
    assert.match(unit, /^ExecStart=\/opt\/relay\/sbin\/worldtune-relay --config /m);
  });
});

describe('the manual', () => {
  it('names what the program takes', async () => {
    const page = await readFile(new URL('../../relay/worldtune-relay.8', import.meta.url), 'utf8');
    const { stdout } = await runRelay(['--help'], {});
    for (const [option] of stdout.matchAll(/--(config|check|version|help)\b/g))
      assert.ok(page.includes(option.replaceAll('-', '\\-')), option);
    assert.ok(page.includes((await runRelay(['--version'], {})).stdout.trim()));
    const rates = (await runRelay(['rates', '--help'], {})).stdout;
    for (const [, command] of rates.matchAll(/^ {2}([a-z]+) /gm))
      for (const text of [page, stdout]) assert.match(text, new RegExp(`\\b${command}\\b`), command);
    const audit = (await runRelay(['audit', '--help'], {})).stdout;
    for (const [code] of audit.slice(audit.indexOf('Exit code')).matchAll(/\d/g))
      assert.ok(page.includes(`.TP\n.B ${code}\n`), code);
  });
});
