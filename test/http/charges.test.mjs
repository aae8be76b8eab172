/** What Twilio charges for finished calls, asked for by the relay until it is known. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const CALLS = `/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls`;
const WATCHFUL = { WATCHDOG_SECONDS: '1' };

let world;

before(async () => {
  world = await startWorld({ settings: { WATCHDOG_SECONDS: '0' } });
});
/** Each test has its own calls in the queue, and no earlier ones. */
beforeEach(() =>
  world.database.query(`INSERT INTO worldtune.carrier_charges (call_id, item, sid, amount)
    SELECT id, 'both_legs', '', 0 FROM public.call_logs ON CONFLICT DO NOTHING`),
);
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

const books = (user) => world.database.books(user.id);

async function charges(callSid) {
  const rows = await world.database.query(
    `SELECT item, x.sid, amount::text FROM worldtune.carrier_charges x JOIN public.call_logs c ON c.id = x.call_id
     WHERE c.call_sid = $1 ORDER BY item`,
    [callSid],
  );
  return rows.map(({ item, sid, amount }) => [item, sid, amount]);
}

/** A browser's call of 61 seconds, told by all its webhooks. The sandbox does not know it. */
async function finishedCall() {
  const user = await world.database.addUser();
  const call = new BrowserCall(world, user, JAMAICA);
  await call.begin();
  for (const [path, parameters] of call.following(61)) await world.webhook(path, parameters);
  assert.equal((await books(user)).calls[0].status, 'completed');
  return { user, call, before: await books(user) };
}

const leg = (sid, status, price, unit = 'USD') =>
  JSON.stringify({ sid, status, duration: '61', price, price_unit: unit });

async function withTwilio(answers, use) {
  const twilio = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN, answers);
  try {
    await world.withRelay({ ...WATCHFUL, TWILIO_API_BASE: twilio.url }, (relay) => use(twilio, relay));
  } finally {
    await twilio.stop();
  }
}

describe('what a finished call costs the operator', () => {
  it('is recorded for both legs, when the carrier tells it', async () => {
    const user = await world.database.addUser('20');
    const { callSid } = (await world.api('POST', '/api/call', { user, json: { to: '+447700900123' } })).body;
    await world.watch(callSid, 'over');
    await until('the call is billed', async () => (await books(user)).calls[0].status === 'completed');
    const before = await books(user);
    await world.withRelay(WATCHFUL, () =>
      until('both prices are known', async () => (await charges(callSid)).length === 2),
    );
    const [[caller, callerSid, callerCost], [dialled, , dialledCost]] = await charges(callSid);
    assert.deepEqual([caller, callerSid, dialled], ['caller_leg', callSid, 'dialled_leg']);
    assert.ok(callerCost > 0 && dialledCost > callerCost, `${callerCost} ${dialledCost}`);
    assert.deepEqual(await books(user), before);
  });

  it('is asked for again while it is not known', async () => {
    const { call } = await finishedCall();
    let told = null;
    const answers = {
      [`${CALLS}/${call.sid}.json`]: leg(call.sid, 'completed', '-0.00800'),
      [`${CALLS}/${call.child}.json`]: () => leg(call.child, 'completed', told),
    };
    await withTwilio(answers, async () => {
      await until('the first price is known', async () => (await charges(call.sid)).length === 1);
      told = '-0.36000';
      await until('the second price is known', async () => (await charges(call.sid)).length === 2);
    });
    assert.deepEqual(await charges(call.sid), [
      ['caller_leg', call.sid, '0.008000'],
      ['dialled_leg', call.child, '0.360000'],
    ]);
  });

  it('is nothing for a leg that nobody answered', async () => {
    const { user, call, before } = await finishedCall();
    const answers = {
      [`${CALLS}/${call.sid}.json`]: leg(call.sid, 'completed', '-0.00400'),
      [`${CALLS}/${call.child}.json`]: leg(call.child, 'no-answer', null),
    };
    await withTwilio(answers, () =>
      until('both prices are known', async () => (await charges(call.sid)).length === 2),
    );
    assert.deepEqual((await charges(call.sid))[1], ['dialled_leg', call.child, '0.000000']);
    assert.deepEqual(await books(user), before);
  });

  it('is not known while Twilio still may dial: a leg that is not there yet is not one that costs nothing', async () => {
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    await world.webhook('/api/twilio/status-callback', { ...call.voice, CallStatus: 'canceled' });
    let status = 'in-progress';
    const answers = {
      [`${CALLS}/${call.sid}.json`]: () => leg(call.sid, status, status === 'completed' ? '-0.00400' : null),
      [`${CALLS}.json`]: JSON.stringify({ calls: [] }),
    };
    await withTwilio(answers, async (twilio) => {
      await until('it was asked for', () => twilio.requests.length > 0);
      status = 'completed';
      await until('both prices are known', async () => (await charges(call.sid)).length === 2);
      assert.equal(twilio.at(`${CALLS}.json`).length, 1);
    });
  });

  it('is given up a day after the call’s end, which the log says', async () => {
    const { call } = await finishedCall();
    await world.database.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE public.call_logs SET ended_at = now() - interval '1 day 1 minute' WHERE call_sid = '${call.sid}'; COMMIT`,
    );
    const answers = {
      [`${CALLS}/${call.sid}.json`]: leg(call.sid, 'completed', '-0.00800'),
      [`${CALLS}/${call.child}.json`]: leg(call.child, 'completed', null),
    };
    await withTwilio(answers, (twilio, { relay }) =>
      until('the log says so', () =>
        relay.log.some((line) => line.includes('charges_not_known') && line.includes(call.sid)),
      ),
    );
  });

  it('is not booked in another currency', async () => {
    const { call } = await finishedCall();
    const answers = {
      [`${CALLS}/${call.sid}.json`]: leg(call.sid, 'completed', '-0.00800'),
      [`${CALLS}/${call.child}.json`]: leg(call.child, 'completed', '-0.33000', 'EUR'),
    };
    await withTwilio(answers, (twilio, { relay }) =>
      until('the log tells of it', () =>
        relay.log.some((line) => line.includes('carrier_price_not_in_dollars') && line.includes('EUR')),
      ),
    );
    await until('the other price is known', async () => (await charges(call.sid)).length === 1);
    assert.equal((await charges(call.sid))[0][0], 'caller_leg');
  });

  it('leaves the bill alone when Twilio does not know the call any more', async () => {
    const { user, call, before } = await finishedCall();
    const unknown = { status: 404, body: JSON.stringify({ code: 20404, message: 'not found', status: 404 }) };
    const answers = { [`${CALLS}/${call.sid}.json`]: unknown, [`${CALLS}/${call.child}.json`]: unknown };
    await withTwilio(answers, (twilio) => until('Twilio is asked', () => twilio.requests.length > 1));
    assert.deepEqual([await charges(call.sid), await books(user)], [[], before]);
  });
});
