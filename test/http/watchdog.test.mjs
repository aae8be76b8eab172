/** Calls whose end nobody told: expired, ended and settled by the relay itself. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { freePort } from './lib/cluster.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT, startRelay } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const [ENDLESS, LOST] = ['+44207555903', '+44207555911'];
const CALLS = `/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls`;
const WATCHFUL = { WATCHDOG_SECONDS: '1' };

let world;

before(async () => {
  world = await startWorld({ settings: { WATCHDOG_SECONDS: '0' } });
});
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

const books = (user) => world.database.books(user.id);
const start = (user, to) => world.api('POST', '/api/call', { user, json: { to } });

const released = (user) => until('the hold goes', async () => (await books(user)).held === '0.000000');

/** These users' calls should have been over a day ago. */
const makeOverdue = (...users) =>
  world.database.query(
    "UPDATE worldtune_internal.holds SET due_at = due_at - interval '1 day' WHERE user_id = ANY ($1)",
    [users.map(({ id }) => id)],
  );

/** A browser's call of which nothing is heard after its first so many webhooks. The sandbox does not know it. */
async function silentCall(webhooks) {
  const user = await world.database.addUser();
  const call = new BrowserCall(world, user, JAMAICA);
  await call.begin();
  for (const [path, parameters] of call.following(61).slice(0, webhooks))
    assert.equal((await world.webhook(path, parameters)).status, 204);
  return { user, call };
}

/** A call whose caller's leg rings, and no more is known. */
async function ringingCall() {
  const { user, call } = await silentCall(0);
  const ringing = { ...call.voice, CallStatus: 'in-progress' };
  assert.equal((await world.webhook('/api/twilio/status-callback', ringing)).status, 204);
  return { user, call };
}

/** What stands in for Twilio says this of calls, by path. */
async function withTwilio(answers, use) {
  const twilio = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN, answers);
  try {
    await world.withRelay({ ...WATCHFUL, TWILIO_API_BASE: twilio.url }, (relay) => use(twilio, relay));
  } finally {
    await twilio.stop();
  }
}

const leg = (status, duration, price) => ({ status, duration, price, price_unit: 'USD' });

describe('a call whose end nobody told', () => {
  it('is settled by Twilio’s own account of it', async () => {
    const user = await world.database.addUser('20');
    const { callSid } = (await start(user, LOST)).body;
    await world.watch(callSid, 'over');
    assert.equal((await books(user)).held, '19.803000');
    await makeOverdue(user);
    await world.withRelay(WATCHFUL, () => released(user));
    const { balance, calls, ledger } = await books(user);
    assert.deepEqual(
      [balance, calls[0].status, calls[0].duration_seconds, calls[0].billed_seconds, ledger.length],
      ['14.342000', 'completed', 61, 120, 2],
    );
  });

  it('is ended when it talks past its limit', async () => {
    const user = await world.database.addUser('600');
    const { callSid } = (await start(user, ENDLESS)).body;
    await world.watch(callSid, 'in-progress');
    await until('the answer is known', async () => (await books(user)).calls[0].status === 'in-progress');
    await makeOverdue(user);
    await world.withRelay(WATCHFUL, async () => {
      await world.watch(callSid, 'over');
      await released(user);
    });
    const { calls, ledger } = await books(user);
    assert.deepEqual([calls[0].status, ledger.length], ['completed', 2]);
  });

  it('is failed when Twilio knows no such call', async () => {
    const { user } = await silentCall(3);
    await makeOverdue(user);
    await world.withRelay(WATCHFUL, () => released(user));
    const { balance, calls } = await books(user);
    assert.deepEqual([balance, calls[0].status], ['10.000000', 'failed']);
  });

  it('is billed by the dialled leg that Twilio lists', async () => {
    const { user, call } = await ringingCall();
    await makeOverdue(user);
    const answers = {
      [`${CALLS}/${call.sid}.json`]: JSON.stringify(leg('completed', '70', '-0.00850')),
      [`${CALLS}.json`]: JSON.stringify({ calls: [leg('completed', '61', '-0.02000')] }),
    };
    await withTwilio(answers, async (twilio) => {
      await released(user);
      assert.match(twilio.at(`${CALLS}.json`)[0].path, new RegExp(`ParentCallSid=${call.sid}`));
      assert.ok(
        twilio.requests.every(({ parameters }) => parameters.Status === undefined),
        'it is asked about, not ended',
      );
    });
    const { balance, calls } = await books(user);
    assert.deepEqual([balance, calls[0].status, calls[0].billed_seconds], ['9.180000', 'completed', 120]);
  });

  for (const [what, odd] of [
    ['in another currency than dollars', { price_unit: 'EUR' }],
    ['as no number', { price: 'NaN' }],
    ['as too large a number', { price: `-1${'0'.repeat(20)}` }],
  ])
    it(`is settled, but has no price of a leg whose price Twilio tells ${what}`, async () => {
      const { user, call } = await ringingCall();
      await makeOverdue(user);
      const dialled = { ...leg('completed', '61', '-0.02000'), ...odd };
      const answers = {
        [`${CALLS}/${call.sid}.json`]: JSON.stringify(leg('completed', '70', '-0.00850')),
        [`${CALLS}.json`]: JSON.stringify({ calls: [dialled] }),
      };
      await withTwilio(answers, () => released(user));
      assert.equal((await books(user)).calls[0].status, 'completed');
      const charges = await world.database.query(
        `SELECT c.item, c.amount FROM worldtune.carrier_charges c JOIN public.call_logs l ON l.id = c.call_id
        WHERE l.call_sid = $1`,
        [call.sid],
      );
      assert.deepEqual(charges, [{ item: 'caller_leg', amount: '0.008500' }]);
    });

  it('is looked for among its own user’s calls', async () => {
    const { user } = await silentCall(3);
    await makeOverdue(user);
    const [{ signature, names }] = await world.database.query(`
      SELECT pg_get_function_identity_arguments(p.oid) AS signature, proargnames[1:pronargs] AS names
        FROM pg_proc p WHERE oid = 'worldtune.reconcile_call'::regproc`);
    const types = signature.split(', ').map((argument) => argument.split(' ').at(-1));
    const parameters = names.map((name, i) => `${name} ${types[i]} DEFAULT NULL`);
    await world.database.query(`
      ALTER FUNCTION worldtune.reconcile_call RENAME TO true_reconcile_call;
      CREATE FUNCTION worldtune.reconcile_call(${parameters}) RETURNS worldtune.call_reconciliation
        LANGUAGE sql SECURITY DEFINER AS $$
          SELECT worldtune.true_reconcile_call(${names.map((name) => `${name} => reconcile_call.${name}`)})
           WHERE reconcile_call.user_id = '${user.id}' $$`);
    try {
      await world.withRelay(WATCHFUL, () => released(user));
    } finally {
      await world.database.query(`
        DROP FUNCTION worldtune.reconcile_call;
        ALTER FUNCTION worldtune.true_reconcile_call RENAME TO reconcile_call`);
    }
  });

  it('is ended when its user is suspended', async () => {
    const { user, call } = await silentCall(3);
    await world.database.query(`SELECT worldtune.suspend_user($1, 'a test')`, [user.id]);
    const answers = {
      [`${CALLS}/${call.sid}.json`]: JSON.stringify({ sid: call.sid, ...leg('completed', '70', null) }),
      [`${CALLS}/${call.child}.json`]: JSON.stringify(leg('completed', '61', null)),
    };
    await withTwilio(answers, async (twilio) => {
      await released(user);
      assert.equal(twilio.requests[0].parameters.Status, 'completed');
    });
    assert.equal((await books(user)).calls[0].status, 'completed');
  });

  it('costs nothing when nobody was dialled', async () => {
    const { user, call } = await ringingCall();
    await makeOverdue(user);
    const answers = {
      [`${CALLS}/${call.sid}.json`]: JSON.stringify(leg('completed', '5', null)),
      [`${CALLS}.json`]: JSON.stringify({ calls: [] }),
    };
    await withTwilio(answers, () => released(user));
    const { balance, calls } = await books(user);
    assert.deepEqual([balance, calls[0].status], ['10.000000', 'canceled']);
  });

  for (const [what, parent, child] of [
    ['answers 404 like any server', 404, 404],
    ['fails', 500, 500],
    ['breaks off', 'hang up', 'hang up'],
    ['answers nonsense', '{"status":['.repeat(2000), '{}'],
    [
      'says that it goes on',
      JSON.stringify(leg('in-progress', null)),
      JSON.stringify(leg('in-progress', null)),
    ],
    [
      'speaks of another call',
      JSON.stringify({ ...leg('completed', '70'), sid: `CA${'0'.repeat(32)}` }),
      JSON.stringify(leg('completed', '61')),
    ],
    [
      'speaks of another leg',
      JSON.stringify(leg('completed', '70')),
      JSON.stringify({ ...leg('completed', '61'), sid: `CA${'0'.repeat(32)}` }),
    ],
    ['has no seconds yet', JSON.stringify(leg('completed', '70')), JSON.stringify(leg('completed', null))],
  ])
    it(`is left alone while Twilio ${what}`, async () => {
      const { user, call } = await silentCall(3);
      const before = await books(user);
      await makeOverdue(user);
      const answers = { [`${CALLS}/${call.sid}.json`]: parent, [`${CALLS}/${call.child}.json`]: child };
      await withTwilio(answers, (twilio, { relay }) =>
        until('Twilio is asked', () => {
          for (const line of relay.log) assert.doesNotMatch(line, /call_reconciled/);
          return twilio.requests.length >= 2;
        }),
      );
      assert.deepEqual(await books(user), before);
    });

  it('waits for no other, and those that talk past their limit are ended before anything else', async () => {
    const WAIT_MS = 500;
    const ringing = await Promise.all(Array.from({ length: 16 }, () => ringingCall()));
    const { user: talker, call: talking } = await silentCall(3);
    const slowly = (answer) => () => new Promise((resolve) => setTimeout(() => resolve(answer), WAIT_MS));
    const answers = { [`${CALLS}.json`]: slowly(JSON.stringify({ calls: [] })) };
    for (const { call } of [...ringing, { call: talking }])
      answers[`${CALLS}/${call.sid}.json`] = slowly(JSON.stringify(leg('completed', '5', null)));
    answers[`${CALLS}/${talking.child}.json`] = slowly(JSON.stringify(leg('completed', '61', null)));
    const users = [...ringing.map(({ user }) => user), talker];
    await makeOverdue(...users);
    await withTwilio(answers, async (twilio) => {
      await until('Twilio is asked', () => twilio.requests.length > 0);
      const began = performance.now();
      for (const user of users) await released(user);
      // 16 calls of two requests and one of three
      assert.ok(performance.now() - began < (35 * WAIT_MS) / 2, `${performance.now() - began} ms`);
      assert.equal(twilio.requests[0].path, `${CALLS}/${talking.sid}.json`);
      assert.equal(twilio.requests[0].parameters.Status, 'completed');
    });
    assert.equal((await books(talker)).calls[0].status, 'completed');
  });

  it('waits for no other turn when there are more of them than are looked after at once', async () => {
    const silent = await Promise.all(Array.from({ length: 70 }, () => silentCall(0)));
    await makeOverdue(...silent.map(({ user }) => user));
    const TURN_SECONDS = 5;
    await world.withRelay({ WATCHDOG_SECONDS: String(TURN_SECONDS) }, async ({ relay }) => {
      for (const { user } of silent) await released(user);
      const moments = relay.log
        .map((line) => JSON.parse(line))
        .filter(({ event }) => event === 'call_reconciled')
        .map(({ time }) => Date.parse(time));
      assert.equal(moments.length, silent.length);
      assert.ok(moments.at(-1) - moments[0] < TURN_SECONDS * 1000);
    });
  });

  it('is looked after by one relay only, of any number', async () => {
    const silent = await Promise.all(Array.from({ length: 12 }, () => silentCall(3)));
    const { user: talking } = await silentCall(3);
    const logs = [];
    await world.withRelay(WATCHFUL, ({ relay: one }) =>
      world.withRelay(WATCHFUL, async ({ relay: other }) => {
        await makeOverdue(...silent.map(({ user }) => user));
        for (const { user } of silent) await released(user);
        logs.push(one.log, other.log);
      }),
    );
    const reconciled = logs
      .flat()
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'call_reconciled')
      .map(({ call_sid: sid }) => sid);
    assert.deepEqual(reconciled.sort(), silent.map(({ call }) => call.sid).sort());
    assert.notEqual((await books(talking)).held, '0.000000');
  });
});

describe('a relay that stops', () => {
  it('does not wait for the watchdog’s next turn', () =>
    world.withRelay({ WATCHDOG_SECONDS: '3600' }, ({ relay }) => relay.stop()));

  it('leaves the calls that it has not begun to look after to others', async () => {
    const silent = await Promise.all(Array.from({ length: 64 }, () => silentCall(0)));
    await makeOverdue(...silent.map(({ user }) => user));
    const unknown = { status: 404, body: JSON.stringify({ code: 20404, message: 'not found' }) };
    const slowly = () => new Promise((resolve) => setTimeout(() => resolve(unknown), 1000));
    const answers = silent.map(({ call }) => [`${CALLS}/${call.sid}.json`, slowly]);
    await withTwilio(Object.fromEntries(answers), async (twilio, { relay }) => {
      await until('Twilio is asked', () => twilio.requests.length > 0);
      await relay.stop();
      assert.ok(twilio.requests.length < silent.length, `${twilio.requests.length} calls were looked after`);
    });
  });
});

describe('SIGHUP', () => {
  it('brings the settings into force for the next turn, too', async () => {
    const { user } = await silentCall(3);
    await makeOverdue(user);
    const directory = await mkdtemp(join(tmpdir(), 'worldtune-watchdog-'));
    const file = join(directory, 'relay.conf');
    await writeFile(file, `TWILIO_API_BASE=http://127.0.0.1:${await freePort()}`);
    const settings = { DATABASE_URL: world.database.relayUrl, PUBLIC_URL: world.url, ...WATCHFUL };
    const relay = await startRelay(settings, ['--config', file]);
    try {
      await until('Twilio is away', () => relay.log.some((line) => line.includes('carrier_read_call')));
      await writeFile(file, `TWILIO_API_BASE=${world.carrier.url}`);
      process.kill(relay.pid, 'SIGHUP');
      await until('it is in force', () => relay.log.some((line) => line.includes('"reloaded"')));
      await world.database.query('UPDATE worldtune_internal.holds SET claimed_until = NULL');
      await released(user);
    } finally {
      await relay.stop();
      await rm(directory, { recursive: true });
    }
  });
});

describe('the hold of a call that never was', () => {
  it('expires', async () => {
    const id = `${randomUUID().slice(0, -6)}555921`;
    await world.database.query('INSERT INTO public.users (id) VALUES ($1)', [id]);
    await world.database.query('SELECT worldtune.add_credits($1, 10, $2, 10)', [id, `pi_${id}`]);
    assert.equal((await start({ id }, '+442079460958')).status, 502);
    assert.notEqual((await books({ id })).held, '0.000000');
    await makeOverdue({ id });
    await world.withRelay(WATCHFUL, () => released({ id }));
    const { balance, calls } = await books({ id });
    assert.deepEqual([balance, calls[0].status], ['10.000000', 'failed']);
  });
});
