/** JSON that is made to break its reader: from strangers, from users, from what stands in for Twilio. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const LONDON = '+442079460958';
const CALLS = `/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls.json`;
const DEPTHS = [17, 1000, 10000];

let world, user;

before(async () => {
  world = await startWorld();
  user = await world.database.addUser('20');
});
after(() => world?.stop());

const nested = (depth, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
const base64 = (text) => Buffer.from(text).toString('base64url');
const call = (body, options) =>
  world.api('POST', '/api/call', { user, body, headers: { 'Content-Type': 'application/json' }, ...options });

/** The process answers, and is the one that was started. */
async function assertAlive() {
  assert.equal((await world.api('GET', '/healthz')).status, 200);
  assert.equal((await world.api('GET', '/api/account', { user })).status, 200);
}

describe('nested JSON', () => {
  it('in the header of a token is refused before anything reads it', async () => {
    for (const depth of [17, 500, 1000, 2500]) {
      const header = base64(`{"alg":"HS256","x":${nested(depth)}}`);
      const token = `${header}.e30.${base64('x'.repeat(32))}`;
      const answer = await world.api('GET', '/api/account', { token });
      assert.equal(answer.status, 401, `${depth}`);
      await assertAlive();
    }
  });

  it('in the claims of a token that is signed is refused', async () => {
    let x = 7;
    for (let depth = 0; depth < 1000; depth++) x = [x];
    const answer = await world.api('GET', '/api/account', { token: userToken(user.id, { x }) });
    assert.equal(answer.status, 401);
    await assertAlive();
  });

  it('in a body is refused', async () => {
    for (const depth of DEPTHS)
      for (const value of [nested(depth), '['.repeat(depth), '{"a":'.repeat(depth / 2)]) {
        const answer = await call(`{"to":${value}`);
        assert.deepEqual([answer.status, answer.body?.code], [400, 'invalid_json'], `${depth}`);
      }
    await assertAlive();
  });

  it('in the answer of the carrier is no answer', async () => {
    const carrier = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN);
    try {
      await world.withRelay({ TWILIO_API_BASE: carrier.url }, async ({ url }) => {
        for (const sid of [nested(1000), '['.repeat(1000), '['.repeat(60000)]) {
          carrier.answers[CALLS] = `{"sid":${sid}}`;
          const caller = await world.database.addUser('20');
          const answer = await call(JSON.stringify({ to: LONDON }), { url, user: caller });
          assert.equal(answer.body.code, 'carrier_error', answer.text);
          assert.equal((await fetch(`${url}/healthz`)).status, 200);
        }
      });
    } finally {
      await carrier.stop();
    }
  });

  it('as deep as anybody needs is read', async () => {
    const body = `{"to":"12","more":${nested(15)}}`;
    assert.equal((await call(body)).body.code, 'invalid_number');
  });
});

describe('a NUL in a text', () => {
  it('is refused, wherever it stands, and calls nobody', async () => {
    const rich = await world.database.addUser('20');
    for (const body of [
      `{"to":"+44207946\\u00000958"}`,
      `{"to":"${LONDON}\\u0000"}`,
      `{"to\\u0000":1,"phoneNumber":"${LONDON}"}`,
      `{"to":"${LONDON}\0"}`,
    ]) {
      const answer = await call(body, { user: rich });
      assert.deepEqual([answer.status, answer.body?.code], [400, 'invalid_json'], body);
    }
    assert.deepEqual((await world.database.books(rich.id)).calls, []);
  });
});
