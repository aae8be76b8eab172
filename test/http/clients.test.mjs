/** Clients that are slow, silent, many, or that say two things at once about where their request ends. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import twilio from 'twilio';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { exchange, startDrippers } from './lib/raw.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const THREADS = 32;
const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const SIGNATURE = `X-Twilio-Signature: ${'a'.repeat(27)}=\r\n`;

let world, carrier, opsUrl;

before(async () => {
  carrier = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN);
  world = await startWorld({
    settings: {
      HTTP_THREADS: String(THREADS),
      OPS_LISTEN: '127.0.0.1:0',
      TWILIO_API_BASE: carrier.url,
      WATCHDOG_SECONDS: '0',
    },
  });
  const ready = JSON.parse(world.relay.log.find((line) => line.includes('"ready"')));
  opsUrl = `http://127.0.0.1:${ready.ops_port}`;
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  await world?.stop();
  await carrier?.stop();
});

const send = (bytes, options) => exchange(world.relay.port, bytes, options);

/* No connection is left for a later request, which the relay may close just then. */
const ALONE = { headers: { Connection: 'close' } };

/** How long a fresh request takes. */
async function timed(use) {
  const began = performance.now();
  const answer = await use();
  return { answer, ms: performance.now() - began };
}

const fresh = (path = '/healthz', url = world.url) => timed(() => world.api('GET', path, { url, ...ALONE }));

async function freshWebhook() {
  const user = await world.database.addUser();
  const { ms, answer } = await timed(() => new BrowserCall(world, user, JAMAICA).begin(ALONE));
  assert.match(answer.text, /<Dial/);
  return ms;
}

describe('a request whose end is doubtful', () => {
  const next = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const headers = (count) => Array.from({ length: count }, (_, i) => `H${i}: 1\r\n`).join('');
  for (const [what, status, bytes] of [
    [
      'more headers than are kept',
      431,
      `POST /api/call HTTP/1.1\r\nHost: x\r\n${headers(70)}Content-Length: ${next.length}\r\n\r\n`,
    ],
    ['as many headers as are kept', 431, `GET /healthz HTTP/1.1\r\nHost: x\r\n${headers(63)}\r\n`],
    [
      'two lengths',
      400,
      'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 38\r\n\r\n',
    ],
    [
      'one length twice',
      400,
      'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
    ],
    ['a list of lengths', 400, 'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 0\r\n\r\n'],
    ['a length in hexadecimal', 400, 'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: 0x10\r\n\r\n'],
    ['a length with a sign', 400, 'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n'],
    [
      'an endless length',
      400,
      `POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\n`,
    ],
    [
      'a length and chunks',
      400,
      'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'two codings',
      400,
      'POST /api/call HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a coding that is none',
      400,
      'POST /api/call HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n',
    ],
    [
      'a blank before the colon',
      400,
      'POST /api/call HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'chunks in HTTP/1.0',
      400,
      'POST /api/call HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ...[
      ['a folded line', 'X: a\r\n b\r\n'],
      ['a line without a name', ': a\r\n'],
      ['a name that is not ASCII', '\xe9: a\r\n'],
      ['a line that ends in LF alone, before an empty one', 'X: a\n\r\n'],
    ].map(([what, line]) => [
      `a length behind ${what}`,
      400,
      Buffer.from(
        `GET /healthz HTTP/1.1\r\nHost: x\r\n${line}Content-Length: ${next.length}\r\n\r\n`,
        'latin1',
      ),
    ]),
    ['two hosts', 400, 'GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
    ['no host', 400, 'GET /healthz HTTP/1.1\r\n\r\n'],
  ])
    it(`(${what}) is refused, and nothing more is read on its connection`, async () => {
      const answer = await send(Buffer.concat([Buffer.from(bytes), Buffer.from(next)]));
      assert.deepEqual([answer.statuses, answer.closed], [[status], true], answer.text);
      assert.match(answer.text, /"success":false/);
      assert.match(answer.text, /^X-Request-Id: [0-9a-f]{16}\r$/m);
    });

  it('never has what is left of its body taken for the next request', async () => {
    for (const first of [
      `GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: ${next.length}\r\n\r\n`,
      `POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: ${next.length}\r\n\r\n`,
      `POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: ${next.length}\r\n\r\n`,
      `DELETE /api/call HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ]) {
      const answer = await send(first + next);
      assert.deepEqual([answer.statuses.length, answer.closed], [1, true], answer.text);
    }
  });

  it('is not one that comes in chunks', async () => {
    const user = await world.database.addUser();
    const { voice } = new BrowserCall(world, user, JAMAICA);
    const path = '/api/twilio/twiml';
    const signature = twilio.getExpectedTwilioSignature(ACCOUNT.TWILIO_AUTH_TOKEN, world.url + path, voice);
    const headers = { 'X-Twilio-Signature': signature, 'Content-Type': 'application/x-www-form-urlencoded' };
    const call = request(world.url + path, { method: 'POST', headers });
    const body = new URLSearchParams(voice).toString();
    call.write(body.slice(0, 10));
    call.end(body.slice(10));
    const answer = await new Promise((resolve) => call.on('response', resolve));
    assert.match(await text(answer), /<Dial/);
  });
});

describe('a client that is not even HTTP', () => {
  it('is answered with a request id, which the log has, too', async () => {
    const { text: answer } = await send('nonsense\r\n\r\n');
    const [, id] = /^X-Request-Id: ([0-9a-f]{16})\r$/m.exec(answer);
    await until('the log has it', () => world.relay.log.some((line) => line.includes(id)));
  });
});

describe('a body', () => {
  it('is not waited for when nobody is signed in', async () => {
    const { answer, ms } = await timed(() =>
      send('POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{'),
    );
    assert.deepEqual([answer.statuses, answer.closed], [[401], true]);
    assert.ok(ms < 2500, `${ms} ms`);
    const unsigned = await send(
      `POST /api/twilio/twiml HTTP/1.1\r\nHost: x\r\n${FORM}Content-Length: 90\r\n\r\nA`,
    );
    assert.deepEqual([unsigned.statuses, unsigned.closed], [[403], true]);
  });

  it('is cut when it comes too slowly, however steadily', async () => {
    const user = await world.database.addUser();
    const bearer = `Authorization: Bearer ${userToken(user.id)}\r\n`;
    for (const header of [`${FORM}${SIGNATURE}`, `Content-Type: application/json\r\n${bearer}`]) {
      const began = performance.now();
      const head = `POST /api/twilio/voice HTTP/1.1\r\nHost: x\r\n${header}Content-Length: 9000\r\n\r\n`;
      const drippers = await startDrippers(world.relay.port, 1, head);
      await until('it is cut', () => drippers.open() === 0);
      drippers.stop();
      assert.ok(performance.now() - began < 9000);
    }
  });

  it('that is expected with 100-continue is invited', async () => {
    const { voice } = new BrowserCall(world, await world.database.addUser(), JAMAICA);
    const body = new URLSearchParams(voice).toString();
    const path = '/api/twilio/twiml';
    const headers = {
      'X-Twilio-Signature': twilio.getExpectedTwilioSignature(
        ACCOUNT.TWILIO_AUTH_TOKEN,
        world.url + path,
        voice,
      ),
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': body.length,
      Expect: '100-continue',
    };
    const call = request(world.url + path, { method: 'POST', headers });
    call.flushHeaders();
    await new Promise((resolve) => call.on('continue', resolve));
    call.end(body);
    const answer = await new Promise((resolve) => call.on('response', resolve));
    assert.equal(answer.statusCode, 200);
    assert.match(await text(answer), /<Dial/);
  });

  it('that is too long keeps its thread no longer than it takes to say so', async () => {
    const head = `POST /api/twilio/twiml HTTP/1.1\r\nHost: x\r\n${FORM}${SIGNATURE}Content-Length: 900000\r\n\r\n`;
    const drippers = await startDrippers(world.relay.port, 1, head);
    const began = performance.now();
    await until('it is cut', () => drippers.open() === 0);
    drippers.stop();
    assert.ok(performance.now() - began < 5000);
  });
});

describe('while others', () => {
  /** More than there are threads, and still health and webhooks are served. */
  async function assertServed({ mainMs, webhookMs }) {
    for (let i = 0; i < 3; i++) {
      const ops = await fresh('/readyz', opsUrl);
      assert.deepEqual([ops.answer.status, ops.ms < 3000], [200, true], `${ops.ms} ms`);
      const main = await fresh();
      assert.ok(main.ms < mainMs, `/healthz took ${main.ms} ms`);
      const ms = await freshWebhook();
      assert.ok(ms < webhookMs, `a webhook took ${ms} ms`);
    }
  }

  it('connect and say nothing, all are served', async () => {
    const silent = await startDrippers(world.relay.port, 8 * THREADS, '', 60_000);
    try {
      await assertServed({ mainMs: 3000, webhookMs: 3000 });
    } finally {
      silent.stop();
    }
  });

  for (const [what, first] of [
    ['headers', 'POST /api/twilio/twiml HTTP/1.1\r\nX: '],
    [
      'bodies',
      `POST /api/twilio/twiml HTTP/1.1\r\nHost: x\r\n${FORM}${SIGNATURE}Content-Length: 9000\r\n\r\n`,
    ],
  ])
    it(`send ${what} slowly, all are served`, async () => {
      const slow = await startDrippers(world.relay.port, 2 * THREADS, first);
      try {
        await assertServed({ mainMs: 12_000, webhookMs: 12_000 });
        await until('they are cut', () => slow.open() === 0);
      } finally {
        slow.stop();
      }
    });

  /** Requests of that user’s to end a call, which the carrier answers only then. */
  async function hangUp(count, then) {
    const user = await world.database.addUser();
    const { sid: callSid } = await begin(user);
    carrier.answers[`/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls/${callSid}.json`] = () => then;
    return Array.from({ length: count }, () =>
      world.api('POST', '/api/twilio/hangup', { user, json: { callSid } }),
    );
  }

  async function begin(user) {
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    return call;
  }

  it('wait for a carrier that hangs, all others are served', async () => {
    const { promise: never, resolve } = Promise.withResolvers();
    const asked = carrier.requests.length;
    const hangUps = [];
    for (let i = 0; i < THREADS / 2; i++) hangUps.push(...(await hangUp(4, never)));
    await until('Twilio is asked', () => carrier.requests.length - asked >= THREADS / 4);
    await assertServed({ mainMs: 3000, webhookMs: 3000 });
    resolve(500);
    const answers = await Promise.all(hangUps);
    const busy = answers.filter(({ body }) => body.code === 'busy');
    assert.ok(busy.length > 0, 'some are told to come back');
    assert.ok(busy.every(({ status, headers }) => status === 503 && headers.get('retry-after')));
    assert.ok(answers.some(({ status }) => status === 502));
  });

  it('ask for everything at once, one user leaves room for the next', async () => {
    const { promise: never, resolve } = Promise.withResolvers();
    const asked = carrier.requests.length;
    const hangUps = await hangUp(THREADS, never);
    await until('Twilio is asked', () => carrier.requests.length - asked >= 4);
    const [other] = await hangUp(1, 404);
    assert.equal((await other).body.code, 'carrier_error');
    resolve(500);
    const answers = await Promise.all(hangUps);
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 0 && refused.every(({ headers }) => headers.get('retry-after')));
    assert.ok(answers.some(({ status }) => status === 502));
  });
});

describe('a relay that stops', () => {
  it('does not wait for slow clients', async () => {
    await world.withRelay({}, async ({ relay }) => {
      const head = `POST /api/twilio/twiml HTTP/1.1\r\nHost: x\r\n${FORM}${SIGNATURE}Content-Length: 9000\r\n\r\n`;
      const slow = await startDrippers(relay.port, 4, head);
      const began = performance.now();
      await relay.stop();
      slow.stop();
      assert.ok(performance.now() - began < 10_000, `${performance.now() - began} ms`);
    });
  });
});
