/** Calls played from end to end by the sandbox carrier: started by the server, and from a browser. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { readSettings } from '../../sandbox/settings.mjs';
import { startCarrier } from '../../sandbox/start.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const LONDON = '+442079460958';
const TALKS = (seconds) => `+44207555${String(seconds).padStart(3, '0')}`;
const [BUSY, NO_ANSWER, FAILED, ENDLESS] = ['900', '901', '902', '903'].map((code) => `+44207555${code}`);

let world;

before(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.database.assertIntegrity();
  await world.assertNoNumberInLog();
});
after(() => world?.stop());

const books = (user) => world.database.books(user.id);
const start = (user, to, options) =>
  world.api('POST', '/api/twilio/voice', { user, json: { to }, ...options });
const hangUp = (user, callSid) => world.api('POST', '/api/twilio/hangup', { user, json: { callSid } });

/** A user whose identity makes the sandbox carrier answer the request for a call as its magic endings say. */
async function addMagicUser(code) {
  // The digit before keeps it apart from the numbers that end in 7555…, which no log line may have.
  const id = randomUUID().slice(0, -7) + `0555${code}`;
  await world.database.query('INSERT INTO public.users (id) VALUES ($1)', [id]);
  await world.database.query('SELECT worldtune.add_credits($1, 10, $2, 10)', [id, `pi_${id}`]);
  return { id, identity: `u_${id.replaceAll('-', '')}` };
}

/** The SID of the one call that the carrier placed to a user's browser. */
async function placedFor({ identity }) {
  const { TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token } = ACCOUNT;
  const response = await fetch(
    `${world.carrier.url}/2010-04-01/Accounts/${account}/Calls.json?To=client:${identity}`,
    { headers: { Authorization: `Basic ${btoa(`${account}:${token}`)}` } },
  );
  const { calls } = await response.json();
  assert.equal(calls.length, 1);
  return calls[0].sid;
}

async function playToEnd(user, to) {
  const started = await start(user, to);
  assert.equal(started.status, 201, started.text);
  const state = await world.watch(started.body.callSid, 'over');
  assert.deepEqual(state.errors, []);
  assert.deepEqual(
    state.webhooks.filter(({ status }) => status >= 300 || status === null),
    [],
  );
  return state;
}

async function assertUntouched(user, credit = '20.000000') {
  const { balance, held, calls } = await books(user);
  assert.deepEqual([balance, held, calls[0].credits_held], [credit, '0.000000', '0.000000']);
  assert.equal(calls[0].status, 'canceled');
}

describe('a call that the relay starts', () => {
  it('rings the user’s own browser, is bridged and billed', async () => {
    const user = await world.database.addUser('20');
    const answer = await start(user, '+44 20 7946 0958');
    const { callId, callSid, ...rest } = answer.body;
    assert.equal(answer.status, 201);
    assert.deepEqual(rest, {
      success: true,
      rate: '2.829000',
      connectionFee: '0.000000',
      minimumSeconds: 60,
      incrementSeconds: 60,
      maxSeconds: 420,
      country: 'United Kingdom',
    });
    const state = await world.watch(callSid, 'over');
    assert.equal(state.legs[0].to, `client:${user.identity}`);
    assert.equal(state.legs[1].to, LONDON);
    const { balance, held, calls, ledger } = await books(user);
    assert.deepEqual([balance, held], ['14.342000', '0.000000']);
    assert.equal(calls.length, 1);
    assert.equal(calls[0].call_sid, callSid);
    assert.equal(calls[0].dial_call_sid, state.legs[1].callSid);
    assert.deepEqual([calls[0].duration_seconds, calls[0].billed_seconds], [61, 120]);
    assert.deepEqual(ledger.at(-1), { kind: 'call', delta: '-5.658000', balance_after: '14.342000' });
    const [{ id }] = await world.database.query('SELECT id FROM public.call_logs WHERE call_sid = $1', [
      callSid,
    ]);
    assert.equal(id, callId);
  });

  it('bills the talk, not the time that the browser waited', async () => {
    const user = await world.database.addUser('20');
    const state = await playToEnd(user, TALKS(60));
    assert.ok(state.legs[0].durationSeconds > 60, `${state.legs[0].durationSeconds} s`);
    assert.equal((await books(user)).balance, '17.171000');
  });

  for (const [to, status, words] of [
    [BUSY, 'busy', /busy/],
    [NO_ANSWER, 'no-answer', /Nobody answered/],
    [FAILED, 'failed', /could not be connected/],
  ])
    it(`tells the caller that it ended ${status}, and costs nothing`, async () => {
      const user = await world.database.addUser('20');
      const state = await playToEnd(user, to);
      const { balance, held, calls } = await books(user);
      assert.match(state.said[0], words);
      assert.deepEqual([balance, held, calls[0].status], ['20.000000', '0.000000', status]);
    });

  it('is ended by timeLimit when the credit is used up', async () => {
    const user = await world.database.addUser('9.9015');
    const state = await playToEnd(user, ENDLESS);
    const { balance, calls } = await books(user);
    assert.equal(state.legs[1].durationSeconds, 180);
    assert.deepEqual([balance, calls[0].billed_seconds], ['1.414500', 180]);
  });

  it('survives callbacks that come twice, in reverse or not at all', async () => {
    for (const code of ['910', '912', '913']) {
      const user = await world.database.addUser('20');
      const { body } = await start(user, `+44207555${code}`);
      await world.watch(body.callSid, 'over');
      const { balance, held, calls } = await books(user);
      assert.deepEqual([balance, held, calls[0].status], ['14.342000', '0.000000', 'completed'], code);
    }
  });

  it('is hung up by its own user, and by nobody else', async () => {
    const [user, other] = [await world.database.addUser('20'), await world.database.addUser('20')];
    const { callSid } = (await start(user, ENDLESS)).body;
    await world.watch(callSid, 'in-progress');
    assert.equal((await hangUp(other, callSid)).status, 404);
    assert.equal((await world.watch(callSid, 'in-progress')).status, 'in-progress');
    const answer = await hangUp(user, callSid);
    assert.deepEqual([answer.status, answer.body], [200, { success: true, callSid }]);
    const state = await world.watch(callSid, 'over');
    const { held, calls, ledger } = await books(user);
    assert.equal(state.legs[1].status, 'completed');
    assert.deepEqual([held, calls[0].status, ledger.length], ['0.000000', 'completed', 2]);
    assert.equal((await hangUp(user, callSid)).status, 200, 'a call that is over is hung up');
  });

  it('holds nothing when it is hung up while it rings', async () => {
    const user = await world.database.addUser('20');
    const { callSid } = (await start(user, NO_ANSWER)).body;
    await world.watch(callSid, 'ringing');
    assert.equal((await hangUp(user, callSid)).status, 200);
    await world.watch(callSid, 'over');
    await assertUntouched(user);
  });

  it('holds nothing when it is hung up before it rings, of which Twilio tells nothing', async () => {
    const slow = await startCarrier(readSettings({ ...ACCOUNT, PUBLIC_URL: world.url, SANDBOX_SPEED: '1' }));
    try {
      await world.withRelay({ TWILIO_API_BASE: slow.url }, async ({ url }) => {
        const user = await world.database.addUser('20');
        const { callSid } = (await start(user, LONDON, { url })).body;
        const answer = await world.api('POST', '/api/twilio/hangup', { url, user, json: { callSid } });
        assert.equal(answer.status, 200);
        await assertUntouched(user);
      });
    } finally {
      await slow.stop();
    }
  });

  it('was not answered because Twilio still calls the caller’s own leg in progress', async () => {
    const user = await world.database.addUser('20');
    const { callSid } = (await start(user, NO_ANSWER)).body;
    await world.watch(callSid, 'ringing');
    const twilio = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN, {
      [`/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls/${callSid}.json`]: JSON.stringify({
        sid: callSid,
        status: 'in-progress',
      }),
    });
    try {
      await world.withRelay({ TWILIO_API_BASE: twilio.url }, async ({ url }) => {
        const answer = await world.api('POST', '/api/twilio/hangup', { url, user, json: { callSid } });
        assert.equal(answer.status, 200);
        assert.notEqual((await books(user)).calls[0].status, 'in-progress');
      });
    } finally {
      await twilio.stop();
    }
    await world.watch(callSid, 'over');
    const { balance, held } = await books(user);
    assert.deepEqual([balance, held], ['20.000000', '0.000000']);
  });

  it('holds nothing when the browser hangs up before the number was dialled', async () => {
    const user = await addMagicUser('000');
    const { callSid } = (await start(user, LONDON)).body;
    const state = await world.watch(callSid, 'over');
    assert.equal(state.status, 'completed');
    assert.equal(state.legs.length, 1);
    await assertUntouched(user, '10.000000');
  });

  it('holds nothing when the browser is busy, does not answer or is not there', async () => {
    for (const [code, status] of [
      ['900', 'busy'],
      ['901', 'no-answer'],
      ['902', 'failed'],
    ]) {
      const user = await addMagicUser(code);
      await playToEnd(user, LONDON);
      const { balance, held, calls } = await books(user);
      assert.deepEqual([balance, held, calls[0].status], ['10.000000', '0.000000', status]);
    }
  });

  it('holds nothing when Twilio refuses to place it', async () => {
    for (const code of ['920', '925']) {
      const user = await addMagicUser(code);
      const answer = await start(user, LONDON);
      assert.equal(answer.status, 502, answer.text);
      assert.equal(answer.body.code, 'carrier_error');
      const { balance, held, calls } = await books(user);
      assert.deepEqual([balance, held, calls[0].status], ['10.000000', '0.000000', 'failed'], code);
    }
  });

  it('keeps its hold until the call is over when Twilio’s reply is lost', async () => {
    for (const code of ['922', '924']) {
      const user = await addMagicUser(code);
      assert.equal((await start(user, LONDON)).status, 502, code);
      const sid = await placedFor(user);
      await world.watch(sid, 'over');
      const { balance, held, calls } = await books(user);
      assert.deepEqual(
        [balance, held, calls[0].status, calls[0].call_sid],
        ['4.342000', '0.000000', 'completed', sid],
      );
    }
  });

  it('is the same call when Twilio’s webhooks come before its reply', async () => {
    const user = await addMagicUser('923');
    const { status, body } = await start(user, LONDON);
    assert.equal(status, 201);
    await world.watch(body.callSid, 'over');
    const { balance, calls } = await books(user);
    assert.deepEqual([balance, calls.length, calls[0].call_sid], ['4.342000', 1, body.callSid]);
  });

  it('is started once for one Idempotency-Key', async () => {
    const [user, other] = [await world.database.addUser('20'), await world.database.addUser('20')];
    const headers = { 'Idempotency-Key': 'one click' };
    const first = await start(user, LONDON, { headers });
    const again = await start(user, LONDON, { headers });
    assert.deepEqual([again.status, again.body], [201, first.body]);
    assert.notEqual((await start(other, LONDON, { headers })).body.callSid, first.body.callSid);
    await world.watch(first.body.callSid, 'over');
    assert.equal((await books(user)).calls.length, 1);
    assert.equal((await books(user)).balance, '14.342000');
  });

  it('is refused when its Idempotency-Key is that of a call to another number', async () => {
    const user = await world.database.addUser('20');
    const headers = { 'Idempotency-Key': 'one key' };
    const first = await start(user, LONDON, { headers });
    const other = await start(user, TALKS(10), { headers });
    assert.deepEqual([other.status, other.body.code], [409, 'idempotency_key_reused']);
    const written = await start(user, '+44 (0)20 7946 0958', { headers });
    assert.deepEqual([written.status, written.body], [201, first.body]);
    await world.watch(first.body.callSid, 'over');
    assert.equal((await books(user)).calls.length, 1);
  });

  it('is the same call for one Idempotency-Key when numbers are kept masked', async () => {
    const user = await world.database.addUser('20');
    const headers = { 'Idempotency-Key': 'one key' };
    await world.database.query('UPDATE worldtune.settings SET store_masked_numbers = true');
    try {
      const first = await start(user, LONDON, { headers });
      const again = await start(user, LONDON, { headers });
      assert.deepEqual([first.status, again.status, again.body], [201, 201, first.body]);
      await world.watch(first.body.callSid, 'over');
    } finally {
      await world.database.query('UPDATE worldtune.settings SET store_masked_numbers = false');
    }
  });

  it('is told to wait while a request with the same key is on its way, and outlives a stop', async () => {
    const user = await world.database.addUser('20');
    const options = { headers: { 'Idempotency-Key': 'a double click' } };
    const [asked, answer] = [Promise.withResolvers(), Promise.withResolvers()];
    const slow = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN, {
      [`/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Calls.json`]: () => (
        asked.resolve(),
        answer.promise
      ),
    });
    try {
      await world.withRelay({ TWILIO_API_BASE: slow.url }, async ({ url, relay }) => {
        const first = start(user, LONDON, { url, ...options });
        await asked.promise;
        const second = await start(user, LONDON, { url, ...options });
        assert.deepEqual([second.status, second.body.code], [409, 'call_in_progress']);
        const stopped = relay.stop();
        answer.resolve(JSON.stringify({ sid: `CA${'5'.repeat(32)}`, status: 'queued' }));
        assert.equal((await first).body.callSid, `CA${'5'.repeat(32)}`);
        await stopped;
      });
      assert.equal((await start(user, LONDON, options)).body.callSid, `CA${'5'.repeat(32)}`);
      assert.equal(slow.requests.length, 1);
    } finally {
      answer.resolve(500);
      await slow.stop();
    }
  });

  it('is refused without credit, rate or number', async () => {
    const poor = await world.database.addUser('2.82');
    const rich = await world.database.addUser('20');
    for (const [user, json, status, code] of [
      [poor, { to: LONDON }, 402, 'insufficient_credit'],
      [rich, { to: '+8613800138000' }, 422, 'no_rate'],
      [rich, { to: '12' }, 422, 'invalid_number'],
      [rich, {}, 400, 'missing_parameter'],
      [rich, { to: 442079460958 }, 400, 'missing_parameter'],
    ]) {
      const answer = await world.api('POST', '/api/call', { user, json });
      assert.deepEqual([answer.status, answer.body.code, answer.body.success], [status, code, false]);
      assert.equal((await books(user)).held, '0.000000');
    }
    assert.equal((await books(poor)).calls[0].status, 'rejected');
  });

  it('two at once never hold more than the user has', async () => {
    const user = await world.database.addUser('8.487');
    const answers = await Promise.all(Array.from({ length: 6 }, () => start(user, TALKS(179))));
    const started = answers.filter(({ status }) => status === 201);
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual(
      statuses.filter((status) => status !== 201 && status !== 402),
      [],
      'each is started or refused for want of credit',
    );
    // 8.487 is the price of three minutes: the first call holds it all, and uses it, however soon it is over.
    assert.equal(started.length, 1, `${statuses}`);
    await world.watch(started[0].body.callSid, 'over');
    const { held, balance, ledger } = await books(user);
    assert.deepEqual([held, balance, ledger.length], ['0.000000', '0.000000', 2]);
  });
});

describe('a call from a browser', () => {
  it('is billed', async () => {
    const user = await world.database.addUser('20');
    const sid = await world.callFromBrowser(user, '+44 20 7946 0958');
    const state = await world.watch(sid, 'over');
    assert.deepEqual(state.errors, []);
    const { balance, calls } = await books(user);
    assert.deepEqual([balance, calls[0].call_sid], ['14.342000', sid]);
  });

  it('is hung up by the caller, ringing or talking', async () => {
    for (const [to, goal] of [
      [NO_ANSWER, 'ringing'],
      [ENDLESS, 'in-progress'],
    ]) {
      const user = await world.database.addUser('20');
      const sid = await world.callFromBrowser(user, to);
      await world.watch(sid, goal);
      await world.hangUpInBrowser(sid);
      await world.watch(sid, 'over');
      assert.equal((await books(user)).held, '0.000000');
    }
  });

  it('without credit is told so', async () => {
    const user = await world.database.addUser('0');
    const state = await world.watch(await world.callFromBrowser(user, LONDON), 'over');
    assert.match(state.said[0], /credit/);
    assert.equal(state.legs.length, 1);
  });
});

describe('the history', () => {
  it('shows each user’s own calls, newest first, by page', async () => {
    const [user, other] = [await world.database.addUser('20'), await world.database.addUser('20')];
    await playToEnd(other, TALKS(5));
    const sids = [];
    for (const seconds of [5, 6, 7]) sids.unshift((await playToEnd(user, TALKS(seconds))).callSid);
    const page = (query) => world.api('GET', `/api/calls/history${query}`, { user });
    const first = await page('?limit=2');
    assert.deepEqual(
      first.body.calls.map(({ callSid }) => callSid),
      sids.slice(0, 2),
    );
    const second = await page(`?limit=2&before=${encodeURIComponent(first.body.nextBefore)}`);
    assert.deepEqual(
      second.body.calls.map(({ callSid }) => callSid),
      sids.slice(2),
    );
    assert.equal(second.body.nextBefore, null);
    const [call] = first.body.calls;
    assert.deepEqual([call.status, call.durationSeconds, call.creditsUsed], ['completed', 7, '2.829000']);
    assert.equal((await page('?limit=0')).status, 400);
    const { status, body } = await page('?before=yesterday-ish');
    assert.deepEqual([status, body.code], [400, 'invalid_value']);
    assert.match(body.error, /^before must be a time/);
    assert.equal(
      (await world.api('GET', '/api/calls/history', { token: userToken(other.id) })).body.calls.length,
      1,
    );
  });
});
