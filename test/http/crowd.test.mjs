/** More clients than there are threads, of every kind at once; and one client with too many connections. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { exchange, startDrippers } from './lib/raw.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const run = promisify(execFile);
const PATIENT_MS = 50 * (process.env.RELAY_BIN?.match(/[at]san/) ? 6 : 1);
const SLOW_BODY =
  'POST /api/twilio/twiml HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
  `X-Twilio-Signature: ${'a'.repeat(27)}=\r\nContent-Length: 9000\r\n\r\n`;
const IDLE = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';

let world, carrier;

before(async () => {
  carrier = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN);
  world = await startWorld({ settings: { TWILIO_API_BASE: carrier.url, WATCHDOG_SECONDS: '0' } });
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  await world?.stop();
  await carrier?.stop();
});

/** The middle one of some tries, each over a connection of its own. */
async function typical(use) {
  const times = [];
  for (let i = 0; i < 15; i++) {
    const began = performance.now();
    await use();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[7];
}

/** A call that the carrier ends only then. */
async function callOf(user, then) {
  const call = new BrowserCall(world, user, JAMAICA);
  await call.begin();
  carrier.answers[`/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls/${call.sid}.json`] = () => then;
  return call;
}

describe('with 500 idle connections, 300 slow senders, 500 silent ones and a carrier that hangs', () => {
  let crowds = [];
  let hangUps, release;

  before(async () => {
    const never = new Promise((resolve) => (release = resolve));
    const calls = [];
    for (let i = 0; i < 6; i++) calls.push(await callOf(await world.database.addUser(), never));
    hangUps = Promise.allSettled(
      Array.from({ length: 60 }, (_, i) => {
        const { user, sid: callSid } = calls[i % calls.length];
        return world.api('POST', '/api/twilio/hangup', { user, json: { callSid } });
      }),
    );
    await until('Twilio is asked', () => carrier.requests.length >= 30);
    const { port } = world.relay;
    crowds = [
      await startDrippers(port, 500, '', 60_000),
      await startDrippers(port, 500, IDLE, 60_000),
      await startDrippers(port, 150, SLOW_BODY),
      await startDrippers(port, 150, 'POST /api/twilio/twiml HTTP/1.1\r\nX: '),
    ];
  });
  after(async () => {
    for (const crowd of crowds) crowd.stop();
    release(500);
    await hangUps;
  });

  it('a fresh request for health is answered at once', async () => {
    const ms = await typical(async () => {
      const answer = await exchange(
        world.relay.port,
        'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      assert.deepEqual(answer.statuses, [200]);
    });
    assert.ok(ms < PATIENT_MS, `${ms} ms`);
  });

  it('so is a fresh webhook', async () => {
    const users = await Promise.all(Array.from({ length: 15 }, () => world.database.addUser()));
    const ms = await typical(async () => {
      const answer = await new BrowserCall(world, users.pop(), JAMAICA).begin();
      assert.match(answer.text, /<Dial/);
    });
    assert.ok(ms < PATIENT_MS, `${ms} ms`);
  });
});

describe('one address', () => {
  it('has as many connections as it may, and again when some are gone', async () => {
    await world.withRelay({ MAX_CONNECTIONS_PER_ADDRESS: '10' }, async ({ relay }) => {
      const crowd = await startDrippers(relay.port, 10, IDLE, 60_000);
      await until('they are served', () => crowd.sockets.every((socket) => socket.bytesRead > 0));
      assert.deepEqual((await exchange(relay.port, IDLE)).statuses, []);
      crowd.stop();
      await until(
        'there is room again',
        async () => (await exchange(relay.port, IDLE, { waitMs: 200 })).statuses[0] === 200,
      );
    });
  });

  it('of a trusted proxy has any number', async () => {
    const settings = { MAX_CONNECTIONS_PER_ADDRESS: '10', TRUSTED_PROXIES: '127.0.0.0/8' };
    await world.withRelay(settings, async ({ relay }) => {
      const crowd = await startDrippers(relay.port, 30, IDLE, 60_000);
      await until('all are served', () => crowd.sockets.every((socket) => socket.bytesRead > 0));
      crowd.stop();
    });
  });
});

describe('a relay that may open nothing more', () => {
  it('turns away who comes, without a word in the log, and serves again when some are gone', async () => {
    await world.withRelay({}, async ({ url, relay }) => {
      await run('prlimit', ['--pid', String(relay.pid), '--nofile=64:64']);
      for (const port of [relay.port, Number(new URL(relay.liveUrl).port)]) {
        const crowd = await startDrippers(port, 100, 'GET /healthz HTTP/1.1\r\nX: ', 60_000);
        const spoken = relay.log.length;
        await until('some are turned away', () => crowd.open() < 80);
        assert.ok(relay.log.length - spoken < 200, `${relay.log.length - spoken} lines`);
        crowd.stop();
        const health = () => world.api('GET', '/healthz', { url }).catch(() => ({}));
        await until('there is room again', async () => (await health()).status === 200);
      }
    });
  });
});

describe('a target that names its host', () => {
  const ask = async (target, method = 'GET') =>
    exchange(world.relay.port, `${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);

  it('is served as if it did not', async () => {
    for (const target of ['http://x/healthz', 'https://other.example.org:99/healthz?a=b'])
      assert.deepEqual((await ask(target)).statuses, [200], target);
    const lookup = await ask('http://x/api/rates/lookup?number=%2B18765551234');
    assert.match(lookup.text, /"found":true/);
    assert.deepEqual((await ask('http://x/')).statuses, [200]);
    assert.deepEqual((await ask('http://x/nothing')).statuses, [404]);
  });

  it('of a webhook is served with its body', async () => {
    const socket = connect(world.relay.port, '127.0.0.1');
    socket.end('POST http://x/api/twilio/twiml HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b');
    let text = '';
    for await (const chunk of socket) text += chunk;
    assert.match(text, /^HTTP\/1\.1 403 /);
  });

  it('or stands for all of them, is answered', async () => {
    const answer = await ask('*', 'OPTIONS');
    assert.deepEqual(answer.statuses, [204]);
    assert.match(answer.text, /^Allow: GET, HEAD, POST, OPTIONS\r$/m);
    assert.deepEqual((await ask('*')).statuses, [404]);
  });
});
