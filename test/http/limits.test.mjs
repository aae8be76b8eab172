/** Too many requests, and whose they are; what replies forbid pages to do. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { exchange } from './lib/raw.mjs';
import { startWorld } from './lib/world.mjs';

let world, user;

before(async () => {
  world = await startWorld();
  user = await world.database.addUser();
});
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

const statuses = async (count, ask) => {
  const all = [];
  for (let i = 0; i < count; i++) all.push((await ask()).status);
  return all;
};

describe('RATE_LIMIT_', () => {
  it('USER bounds one user alone, and says when to come again', async () => {
    await world.withRelay({ RATE_LIMIT_USER: '3' }, async ({ url }) => {
      const ask = (who) => world.api('GET', '/api/account', { url, user: who });
      assert.deepEqual(await statuses(4, () => ask(user)), [200, 200, 200, 429]);
      const refused = await ask(user);
      assert.deepEqual([refused.body.code, refused.body.success], ['too_many_requests', false]);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      assert.equal((await ask(await world.database.addUser())).status, 200);
      const { text } = await world.api('GET', '/metrics', { url });
      assert.match(text, /worldtune_http_requests_limited_total\{limit="user"\} 2\n/);
    });
  });

  it('ENDPOINT bounds each endpoint by itself', async () => {
    await world.withRelay({ RATE_LIMIT_ENDPOINT: '2' }, async ({ url }) => {
      const ask = (path) => world.api('GET', path, { url, user });
      assert.deepEqual(await statuses(3, () => ask('/api/account')), [200, 200, 429]);
      assert.deepEqual(await statuses(3, () => ask('/api/ledger')), [200, 200, 429]);
    });
  });

  it('ADDRESS bounds one address, but neither Twilio nor operations', async () => {
    await world.withRelay({ RATE_LIMIT_ADDRESS: '2' }, async ({ url }) => {
      const ask = (path) => world.api('GET', path, { url });
      assert.deepEqual(await statuses(3, () => ask('/api/rates/lookup?country=GB')), [200, 200, 429]);
      assert.deepEqual(await statuses(3, () => ask('/healthz')), [200, 200, 200]);
      const signedUrl = `${world.url}/api/twilio/twiml`;
      const call = new BrowserCall(world, user, JAMAICA);
      const voice = () => world.webhook('/api/twilio/twiml', call.voice, { url, signedUrl });
      assert.deepEqual(await statuses(4, voice), [200, 200, 200, 200]);
    });
  });
});

describe('the address of a client', () => {
  const from = (url, forwarded) =>
    world.api('GET', '/api/rates/lookup?country=GB', { url, headers: { 'X-Forwarded-For': forwarded } });

  it('is not what a stranger says', async () => {
    await world.withRelay({ RATE_LIMIT_ADDRESS: '2' }, async ({ url }) => {
      let last = 0;
      assert.deepEqual(await statuses(3, () => from(url, `192.0.2.${++last}`)), [200, 200, 429]);
    });
  });

  it('is what a trusted proxy says, whatever its client claimed before', async () => {
    const settings = { RATE_LIMIT_ADDRESS: '2', TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8' };
    await world.withRelay(settings, async ({ url, relay }) => {
      let last = 0;
      assert.deepEqual(await statuses(3, () => from(url, '192.0.2.1')), [200, 200, 429]);
      assert.deepEqual(
        await statuses(3, () => from(url, `192.0.2.${++last}, 192.0.2.99, 10.1.1.1`)),
        [200, 200, 429],
      );
      // IPv6 networks are one customer’s; a header that a proxy appends counts before the client’s own.
      assert.deepEqual(await statuses(3, () => from(url, `2001:db8::${++last}`)), [200, 200, 429]);
      const two = () =>
        exchange(
          relay.port,
          'GET /api/rates/lookup?country=GB HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
            `X-Forwarded-For: 198.51.100.${++last}\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`,
        );
      assert.deepEqual((await two()).statuses, [429]);
    });
  });
});

describe('every reply', () => {
  it('forbids what no page needs', async () => {
    for (const path of ['/api/account', '/healthz', '/nothing']) {
      const { headers } = await world.api('GET', path);
      assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'");
      assert.deepEqual(
        ['x-content-type-options', 'x-frame-options', 'referrer-policy'].map((name) => headers.get(name)),
        ['nosniff', 'DENY', 'no-referrer'],
      );
      assert.equal(headers.get('strict-transport-security'), null);
    }
    await world.withRelay({ PUBLIC_URL: 'https://relay.example.org' }, async ({ url }) => {
      const { headers } = await world.api('GET', '/healthz', { url });
      assert.match(headers.get('strict-transport-security'), /^max-age=\d+$/);
    });
  });
});

describe('the process', () => {
  it('can win no privileges, and leaves no memory behind', async () => {
    const status = await readFile(`/proc/${world.relay.pid}/status`, 'utf8');
    assert.match(status, /^NoNewPrivs:\t1$/m);
    const limits = await readFile(`/proc/${world.relay.pid}/limits`, 'utf8').catch(() => '');
    if (limits) assert.match(limits, /^Max core file size +0 +0 /m);
  });
});
