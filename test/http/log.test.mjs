/** The log of a running relay: it stops nothing, and says nothing that it must not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import twilio from 'twilio';
import { BrowserCall } from './lib/calls.mjs';
import { startProgram } from './lib/processes.mjs';
import { ACCOUNT, JWT_SECRET, PROGRAM } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld, userToken } from './lib/world.mjs';

let world;

before(async () => {
  world = await startWorld();
});
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

describe('a log that nobody reads', () => {
  /** So many requests, by eight clients. */
  async function ask(requests, path, status, url) {
    let left = requests;
    const client = async () => {
      while (left-- > 0) assert.equal((await world.api('GET', path, { url })).status, status);
    };
    await Promise.all(Array.from({ length: 8 }, client));
  }

  it('stops no request; what is missing is counted', async () => {
    const REQUESTS = 4000;
    await world.withRelay({}, async ({ url, relay }) => {
      relay.pauseLog();
      await ask(REQUESTS, '/healthz', 200, url);
      relay.resumeLog();
      const count = () => relay.log.filter((line) => line.includes('"path":"/healthz"')).length;
      const dropped = () =>
        relay.log
          .filter((line) => line.includes('log_lines_dropped'))
          .reduce((sum, line) => sum + JSON.parse(line).lines, 0);
      // The next line says what is missing before it.
      await until('the log goes on', async () => {
        await world.api('GET', '/readyz', { url });
        return dropped() > 0 && count() + dropped() >= REQUESTS;
      });
      for (const line of relay.log) assert.doesNotThrow(() => JSON.parse(line), line);
    });
  });

  it('does not keep a relay from stopping', async () => {
    await world.withRelay({}, async ({ url, relay }) => {
      relay.pauseLog();
      await ask(2000, `/${'x'.repeat(200)}`, 404, url);
      const began = performance.now();
      await relay.stop();
      assert.ok(performance.now() - began < 10_000);
    });
  });
});

describe('a log that was closed before the start', () => {
  /* The plain build lets nobody look into it. */
  const skip = !PROGRAM.includes('asan') && 'only a sanitized relay can be looked into';
  it('goes nowhere, and not to what is opened next', { skip }, async () => {
    const env = { ...ACCOUNT, SUPABASE_JWT_SECRET: JWT_SECRET, LISTEN: '127.0.0.1:0', PUBLIC_URL: world.url };
    env.DATABASE_URL = world.database.relayUrl;
    const { child, ended } = startProgram('/bin/sh', ['-c', 'exec "$0" <&- 2>&-', PROGRAM], { env });
    try {
      const errors = () => readlink(`/proc/${child.pid}/fd/2`).catch(() => null);
      await until('they go nowhere', async () => (await errors()) === '/dev/null');
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });
});

describe('the log', () => {
  /** Goes through everything that a log line could be made of. */
  async function useEverything() {
    const number = '+442079460958';
    const user = await world.database.addUser('20');
    const token = userToken(user.id);
    const expired = userToken(user.id, { exp: 1 });
    const forged = userToken(user.id, {}, 'another-secret-with-32-characters-at-least');
    for (const one of [token, expired, forged]) await world.api('GET', '/api/account', { token: one });
    const { body } = await world.api('POST', '/api/twilio/token', { user });
    const { body: placed } = await world.api('POST', '/api/call', { user, json: { to: number } });
    await world.watch(placed.callSid, 'over');
    const call = new BrowserCall(world, user, number);
    await call.begin();
    for (const [path, parameters] of call.following(61)) await world.webhook(path, parameters);
    for (const path of ['/api/twilio/twiml', '/api/twilio/status-callback', '/api/twilio/voice'])
      await world.webhook(path, call.voice, {
        signature: twilio.getExpectedTwilioSignature('another', world.url + path, call.voice),
      });
    await world.api('GET', `/api/credits/check?number=${encodeURIComponent(number)}`, { user });
    return { number, secrets: [token, expired, forged, body.token] };
  }

  it('has neither secrets, nor tokens, nor whole numbers', async () => {
    const { number, secrets } = await useEverything();
    const wrong = `wrong-${randomBytes(8).toString('hex')}`;
    await world.withRelay(
      { DATABASE_URL: world.database.relayUrl.replace(/:[^:@]*@/, `:${wrong}@`) + '_none' },
      async ({ url, relay }) => {
        assert.equal((await world.api('GET', '/readyz', { url })).status, 503);
        await until('the log says why', () =>
          relay.log.some((line) => line.includes('database_unreachable')),
        );
        assert.ok(!relay.log.join('\n').includes(wrong));
      },
    );
    await until('all is logged', () => world.relay.log.some((line) => line.includes('/api/credits/check')));
    const log = world.relay.log.join('\n');
    assert.match(log, /signature_refused/);
    assert.match(log, /call_authorized/);
    for (const secret of [
      ...secrets,
      JWT_SECRET,
      ACCOUNT.TWILIO_AUTH_TOKEN,
      ACCOUNT.TWILIO_API_SECRET,
      'password-of-the-tests',
    ])
      assert.ok(!log.includes(secret), `${secret.slice(0, 8)}… is in the log`);
    for (const secret of secrets) assert.ok(!log.includes(secret.split('.')[2]), 'a signature is in the log');
    assert.ok(!log.includes(number.slice(1)), 'a whole number is in the log');
    assert.match(log, /\+4420\*+58/);
    for (const line of world.relay.log) assert.doesNotThrow(() => JSON.parse(line), line);
  });
});
