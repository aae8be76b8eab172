/** Prices that depend on the number shown, and on fees and steps: the same everywhere, from the lookup to the bill. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall } from './lib/calls.mjs';
import { startWorld } from './lib/world.mjs';

const LONDON = '+442079460958';
const JAMAICA = '+18765551234';

/** The relay shows +15005550006: 0.30 a minute to London, a fee of 0.05, at least 30 seconds in steps of 6. */
const DECK = `ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes
GB,United Kingdom,from anywhere,0.90,,44
GB,United Kingdom,from here,0.30,1500,44
GB,United Kingdom,from elsewhere,0.60,33,44
`;
const STEPS = `prefix,country,iso_country,continent,description,rate,connection_fee,minimum_seconds,increment_seconds
1876,Jamaica,JM,North America,,0.40,0.25,30,6
`;

let world;

before(async () => {
  world = await startWorld({ settings: { WATCHDOG_SECONDS: '0' } });
});
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

const get = (path, options) => world.api('GET', path, options);
const publish = (deck) =>
  world.database.query('SELECT * FROM worldtune.import_rates($1, allow_losses => true)', [deck]);
const callOf = (sid) =>
  world.database.row('SELECT rate, credits_used FROM public.call_logs WHERE call_sid = $1', [sid]);

describe('the number that a call shows', () => {
  before(() => publish(DECK));

  it('decides what is said to cost what', async () => {
    const user = await world.database.addUser('3');
    const number = encodeURIComponent(LONDON);
    assert.equal((await get(`/api/rates/lookup?number=${number}`)).body.rate, '0.300000');
    assert.equal((await get('/api/rates/lookup?country=GB')).body.rate, '0.300000');
    const mine = (await get(`/api/rates/lookup?number=${number}`, { user })).body;
    assert.deepEqual([mine.rate, mine.estimatedMinutes], ['0.300000', 10]);
    const check = (await get(`/api/credits/check?number=${number}`, { user })).body;
    assert.deepEqual(
      [check.ratePerMinute, check.requiredCredits, check.maxSeconds],
      ['0.300000', '0.300000', 600],
    );
    const { countries } = (await get('/api/rates/countries?search=kingdom')).body;
    assert.equal(countries[0].formattedRate, '$0.30/min');
  });

  it('decides what a browser’s call may last and costs', async () => {
    const user = await world.database.addUser('3');
    const call = new BrowserCall(world, user, LONDON);
    await call.begin();
    assert.equal(call.dial.timeLimit, '600');
    for (const [path, parameters] of call.following(61)) await world.webhook(path, parameters);
    assert.deepEqual(await callOf(call.sid), { rate: '0.300000', credits_used: '0.600000' });
  });

  it('decides what a call that the relay places may last and costs', async () => {
    const user = await world.database.addUser('3');
    const { status, body } = await world.api('POST', '/api/call', { user, json: { to: LONDON } });
    assert.deepEqual([status, body.rate, body.maxSeconds], [201, '0.300000', 600]);
    await world.watch(body.callSid, 'over');
    assert.deepEqual(await callOf(body.callSid), { rate: '0.300000', credits_used: '0.600000' });
  });
});

describe('fees and steps', () => {
  before(() => publish(STEPS));

  it('are told wherever a price is', async () => {
    const fees = { connectionFee: '0.250000', minimumSeconds: 30, incrementSeconds: 6 };
    const number = encodeURIComponent(JAMAICA);
    const user = await world.database.addUser('0.64');
    const answers = [
      await get(`/api/rates/lookup?number=${number}`),
      await get(`/api/rates/lookup?number=${number}`, { user }),
      await get(`/api/credits/check?number=${number}`, { user }),
    ];
    for (const { body } of answers) {
      const { connectionFee, minimumSeconds, incrementSeconds } = body;
      assert.deepEqual({ connectionFee, minimumSeconds, incrementSeconds }, fees);
    }
    // A minute costs 0.65, more than there is, though the price is 0.40 a minute.
    const { body } = answers[2];
    assert.deepEqual([body.hasEnoughCredits, body.requiredCredits], [false, '0.650000']);
  });

  it('are told of a call that is placed, and in the history as they were then', async () => {
    const user = await world.database.addUser('10');
    const headers = { 'Idempotency-Key': 'fees' };
    const place = () => world.api('POST', '/api/call', { user, headers, json: { to: JAMAICA } });
    const placed = await place();
    await world.watch(placed.body.callSid, 'over');
    await publish(STEPS.replace('0.40,0.25,30,6', '0.50,0,60,60'));
    const again = await place();
    const { calls } = (await get('/api/calls/history', { user })).body;
    await publish(STEPS);
    for (const { rate, connectionFee, minimumSeconds, incrementSeconds } of [
      placed.body,
      again.body,
      calls[0],
    ])
      assert.deepEqual(
        [rate, connectionFee, minimumSeconds, incrementSeconds],
        ['0.400000', '0.250000', 30, 6],
      );
  });

  it('leave whole minutes only to what is said to be minutes', async () => {
    const user = await world.database.addUser('0.85');
    const { body } = await get(`/api/credits/check?number=${encodeURIComponent(JAMAICA)}`, { user });
    // 0.25 and 90 seconds for 0.60
    assert.deepEqual([body.maxSeconds, body.estimatedMinutes], [90, 1]);
    const lookup = await get(`/api/rates/lookup?number=${encodeURIComponent(JAMAICA)}`, { user });
    assert.equal(lookup.body.estimatedMinutes, 1);
  });
});

describe('what was', () => {
  async function billedCall() {
    const user = await world.database.addUser('10');
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    for (const [path, parameters] of call.following(61)) await world.webhook(path, parameters);
    return { user, call };
  }

  it('shows a refund beside the purchase and the call', async () => {
    const { user, call } = await billedCall();
    await world.database.query(`SELECT worldtune.refund_call($1, 0.1, 'a bad line', $2)`, [
      call.sid,
      user.id,
    ]);
    const { status, body } = await get('/api/ledger', { user });
    assert.equal(status, 200);
    assert.deepEqual(
      body.entries.map(({ kind, delta, balanceAfter, callSid }) => [kind, delta, balanceAfter, callSid]),
      [
        ['refund', '0.100000', '9.410000', call.sid],
        ['call', '-0.690000', '9.310000', call.sid],
        ['purchase', '10.000000', '10.000000', null],
      ],
    );
    assert.equal(body.nextBefore, null);
    const first = (await get('/api/ledger?limit=1', { user })).body;
    const rest = (await get(`/api/ledger?limit=5&before=${first.nextBefore}`, { user })).body;
    assert.deepEqual([...first.entries, ...rest.entries], body.entries);
    const other = await world.database.addUser('1');
    assert.equal((await get('/api/ledger', { user: other })).body.entries.length, 1);
    assert.equal((await get('/api/ledger')).status, 401);
  });

  it('explains what a call cost, to its own user', async () => {
    const { user, call } = await billedCall();
    const { status, body } = await get(`/api/calls/${call.sid}/receipt`, { user });
    assert.equal(status, 200);
    assert.deepEqual([body.paid, body.agrees], ['0.690000', true]);
    assert.deepEqual(
      body.steps.map(({ step }) => step),
      body.steps.map((_, i) => i + 1),
    );
    assert.equal(body.steps.at(-1).item, 'paid');
    const other = await world.database.addUser('1');
    for (const [path, who] of [
      [call.sid, other],
      [`CA${'0'.repeat(32)}`, user],
      ['nonsense', user],
      ['', user],
      [`${call.sid}/x`, user],
    ])
      assert.equal((await get(`/api/calls/${path}/receipt`, { user: who })).status, 404, path);
    assert.equal((await get(`/api/calls/${call.sid}/receipt`)).status, 401);
  });

  it('never splits an instant between two pages', async () => {
    const { user } = await billedCall();
    await billedCall();
    await world.database.query(
      `INSERT INTO public.call_logs (user_id, created_at, duration_minutes, credits_used, call_sid, status)
         SELECT $1, '2020-01-01', 0, 0, '', 'failed' FROM generate_series(1, 3)`,
      [user.id],
    );
    const first = (await get('/api/calls/history?limit=2', { user })).body;
    assert.equal(first.calls.length, 4);
    assert.ok(first.nextBefore);
    assert.deepEqual(
      (await get(`/api/calls/history?limit=2&before=${first.nextBefore}`, { user })).body.calls,
      [],
    );
  });

  it('takes no parameter that C would cut off', async () => {
    const user = await world.database.addUser('1');
    for (const query of ['before=%00', 'before=2020-01-01%00', 'limit=5%00'])
      for (const path of ['/api/calls/history', '/api/ledger']) {
        const { status, body } = await get(`${path}?${query}`, { user });
        assert.deepEqual([status, body.code], [400, 'invalid_value'], `${path}?${query}`);
      }
  });
});
