/** What a carrier may answer: odd bytes, odd SIDs, failures. No hold outlives a call that was refused in words. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA, readDial } from './lib/calls.mjs';
import { freePort } from './lib/cluster.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const TWILIO_WAITS_MS = 15000;
const CALLS = `/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls`;

let world, carrier;

before(async () => {
  carrier = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN);
  world = await startWorld({ settings: { WATCHDOG_SECONDS: '0', TWILIO_API_BASE: carrier.url } });
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  await world?.stop();
  await carrier?.stop();
});

const books = (user) => world.database.books(user.id);

/** The answer to a request for a call while the carrier answers so: status and, read strictly as UTF-8, JSON. */
async function start(user, answer) {
  carrier.answers[`${CALLS}.json`] = answer;
  const response = await fetch(`${world.url}/api/call`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${userToken(user.id)}` },
    body: JSON.stringify({ to: JAMAICA }),
  });
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await response.arrayBuffer());
  return { status: response.status, body: JSON.parse(text) };
}

describe('a carrier’s refusal', () => {
  const latin1 = (text) => Buffer.from(JSON.stringify({ code: 21211, message: text }), 'latin1');
  for (const [what, body, words] of [
    ['in Latin-1', latin1('numéro refusé'), /num\ufffdro refus\ufffd/],
    [
      'that is cut inside a character',
      JSON.stringify({ code: 21211, message: `x${'é'.repeat(300)}` }),
      /xéé/,
    ],
    ['with half a character at its end', latin1('refused: \u00e2\u0082'), /refused/],
    ['without words', '', /no reason given/],
  ])
    it(`${what} is passed on, and releases the hold`, async () => {
      const user = await world.database.addUser();
      const { status, body: answer } = await start(user, { status: 400, body });
      assert.deepEqual([status, answer.code], [502, 'carrier_error']);
      assert.match(answer.error, words);
      const { balance, held, calls } = await books(user);
      assert.deepEqual([balance, held, calls[0].status], ['10.000000', '0.000000', 'failed']);
    });
});

describe('a carrier to which nothing could be said', () => {
  it('has placed no call: the hold is released', async () => {
    const port = createServer((socket) => socket.on('error', () => {}).end('this is no TLS\r\n'));
    await new Promise((resolve) => port.listen(0, '127.0.0.1', resolve));
    const user = await world.database.addUser();
    const settings = { TWILIO_API_BASE: `https://127.0.0.1:${port.address().port}` };
    await world.withRelay(settings, async ({ url }) => {
      const { status, body } = await world.api('POST', '/api/call', { user, json: { to: JAMAICA }, url });
      assert.deepEqual([status, body.code], [502, 'carrier_error']);
    });
    port.close();
    const { held, calls } = await books(user);
    assert.deepEqual([held, calls[0].status], ['0.000000', 'failed']);
  });
});

describe('a carrier that has too much to do', () => {
  it('is asked again, for it did nothing', async () => {
    const user = await world.database.addUser();
    const asked = carrier.requests.length;
    const placed = { status: 201, body: JSON.stringify({ sid: `CA${'6'.repeat(32)}`, status: 'queued' }) };
    const { status, body } = await start(user, () =>
      carrier.requests.length - asked < 3
        ? { status: 429, body: '{"code":20429,"message":"Too many requests"}' }
        : placed,
    );
    assert.deepEqual([status, body.callSid], [201, `CA${'6'.repeat(32)}`]);
    assert.equal(carrier.requests.length - asked, 3);
  });

  it('is asked again when it wants to be', async () => {
    const user = await world.database.addUser();
    const asked = [];
    const { status } = await start(user, () => {
      asked.push(performance.now());
      return asked.length === 1
        ? { status: 429, headers: { 'Retry-After': '2' }, body: '{"code":20429}' }
        : { status: 201, body: JSON.stringify({ sid: `CA${'7'.repeat(32)}`, status: 'queued' }) };
    });
    assert.deepEqual([status, asked.length], [201, 2]);
    assert.ok(asked[1] - asked[0] >= 1990, `${asked[1] - asked[0]} ms`);
  });
});

describe('a carrier that fails', () => {
  it('is asked once to place a call, which may be there', async () => {
    const user = await world.database.addUser();
    const asked = carrier.requests.length;
    const { status } = await start(user, 503);
    assert.deepEqual([status, carrier.requests.length - asked], [502, 1]);
    assert.equal((await books(user)).held, '9.840000');
  });

  it('is asked again to end one', async () => {
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    let asked = 0;
    carrier.answers[`${CALLS}/${call.sid}.json`] = () =>
      ++asked < 3 ? 500 : { status: 200, body: JSON.stringify({ sid: call.sid, status: 'completed' }) };
    const answer = await world.api('POST', '/api/twilio/hangup', { user, json: { callSid: call.sid } });
    assert.deepEqual([answer.status, asked], [200, 3]);
  });

  it('is asked by at most 64 at once, and the others wait', async () => {
    const users = await Promise.all(Array.from({ length: 64 + 6 }, () => world.database.addUser()));
    const before = carrier.requests.length;
    let [now, most] = [0, 0];
    const answer = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 300));
      now--;
      return { status: 400, body: '{"code":21211,"message":"no"}' };
    };
    await world.withRelay({ HTTP_THREADS: '400' }, async ({ url }) => {
      carrier.answers[`${CALLS}.json`] = answer;
      const started = users.map((user) =>
        world.api('POST', '/api/call', { user, json: { to: JAMAICA }, url }),
      );
      for (const { status, body } of await Promise.all(started)) assert.equal(status, 502, body.error);
    });
    assert.ok(most <= 64, `${most}`);
    assert.equal(carrier.requests.length - before, users.length, 'each has its turn');
    for (const user of users) assert.equal((await books(user)).held, '0.000000');
  });
});

describe('a carrier’s success that names no call', () => {
  for (const sid of ['', '../../evil', 'CA12', `CA${'A'.repeat(32)}`, `CA${'5'.repeat(33)}`, 7, undefined])
    it(`(${sid}) is none: what became of the call is open until Twilio’s webhooks say it`, async () => {
      const user = await world.database.addUser();
      const { status } = await start(user, { status: 201, body: JSON.stringify({ sid, status: 'queued' }) });
      assert.equal(status, 502);
      const { held, calls } = await books(user);
      assert.deepEqual([held, calls[0].call_sid], ['9.840000', null]);
      // Twilio placed it after all: its request for TwiML names the call.
      const { pathname, search } = new URL(carrier.at(`${CALLS}.json`).at(-1).parameters.Url);
      const call = new BrowserCall(world, user, JAMAICA);
      const answer = await world.webhook(pathname + search, call.voice);
      assert.equal(readDial(answer.text).number, JAMAICA);
      assert.equal((await books(user)).calls[0].call_sid, call.sid);
    });
});

async function begunCall() {
  const user = await world.database.addUser();
  const call = new BrowserCall(world, user, JAMAICA);
  await call.begin();
  return { user, call };
}
const hangUp = (user, callSid) => world.api('POST', '/api/twilio/hangup', { user, json: { callSid } });

describe('a carrier that cannot be reached', () => {
  it('placed no call, and nothing is held for one', async () => {
    const user = await world.database.addUser();
    await world.withRelay({ TWILIO_API_BASE: `http://127.0.0.1:${await freePort()}` }, async ({ url }) => {
      const { status, body } = await world.api('POST', '/api/call', { user, json: { to: JAMAICA }, url });
      assert.deepEqual([status, body.code], [502, 'carrier_error']);
    });
    const { held, calls } = await books(user);
    assert.deepEqual([held, calls[0].status], ['0.000000', 'failed']);
  });
});

describe('a carrier that takes its time', () => {
  it('is given no more of it than a webhook has, however long it hangs or says to wait', async () => {
    const { promise: never, resolve } = Promise.withResolvers();
    const later = { status: 429, headers: { 'Retry-After': '30' }, body: '{"code":20429}' };
    const calls = [await begunCall(), await begunCall()];
    const began = performance.now();
    const answers = await Promise.all(
      [() => never, later].map((answer, i) => {
        carrier.answers[`${CALLS}/${calls[i].call.sid}.json`] = answer;
        return hangUp(calls[i].user, calls[i].call.sid);
      }),
    );
    resolve(500);
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.code]),
      Array(2).fill([502, 'carrier_error']),
    );
    assert.ok(performance.now() - began < TWILIO_WAITS_MS, `${performance.now() - began} ms`);
  });
});

describe('hanging up', () => {
  for (const [what, answer] of [
    ['fails', 500],
    ['refuses', { status: 401, body: '{"code":20003,"message":"Authenticate"}' }],
    ['breaks off', 'hang up'],
    [
      'sends more than any answer has',
      (request) => ({
        status: 200,
        body: JSON.stringify({
          sid: request.path.slice(-39, -5),
          status: 'completed',
          more: 'x'.repeat(5e6),
        }),
      }),
    ],
    [
      'speaks of another call',
      { status: 200, body: JSON.stringify({ sid: `CA${'0'.repeat(32)}`, status: 'completed' }) },
    ],
  ])
    it(`is a 502 when the carrier ${what}, and the call goes on`, async () => {
      const { user, call } = await begunCall();
      const before = await books(user);
      carrier.answers[`${CALLS}/${call.sid}.json`] = answer;
      const { status, body } = await hangUp(user, call.sid);
      assert.deepEqual([status, body.code, body.success], [502, 'carrier_error', false]);
      assert.deepEqual(await books(user), before);
    });

  it('is done when Twilio knows no such call, or none that goes on', async () => {
    for (const [status, code] of [
      [404, 20404],
      [400, 21220],
    ]) {
      const { user, call } = await begunCall();
      carrier.answers[`${CALLS}/${call.sid}.json`] = { status, body: JSON.stringify({ code }) };
      assert.equal((await hangUp(user, call.sid)).status, 200, String(code));
    }
  });

  it('asks the carrier nothing about what is no SID', async () => {
    const { user } = await begunCall();
    const asked = carrier.requests.length;
    for (const callSid of ['CA1', '../Accounts', `ca${'0'.repeat(32)}`, 'x'.repeat(5000)]) {
      const { status, body } = await hangUp(user, callSid);
      assert.deepEqual([status, body.code], [400, 'invalid_value'], callSid);
    }
    assert.equal(carrier.requests.length, asked);
  });
});

describe('a webhook whose SID is none', () => {
  it('is refused though it is signed, and its SID goes nowhere', async () => {
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    const long = `CA${'7'.repeat(5000)}`;
    const [status, , , , action] = call.following(61);
    for (const [path, parameters] of [
      ['/api/twilio/twiml', { ...call.voice, CallSid: long }],
      [status[0], { ...status[1], ParentCallSid: long }],
      [action[0], { ...action[1], CallSid: long }],
    ]) {
      const answer = await world.webhook(path, parameters);
      assert.deepEqual([answer.status, JSON.parse(answer.text).code], [400, 'missing_parameter'], path);
    }
    for (const line of world.relay.log) assert.doesNotMatch(line, /7{100}/);
  });
});
