/** CALL_MODE=conference: the same authorisation, limit and bill, over a conference and its participants. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { parseTwiml } from '../../sandbox/twiml.mjs';
import twilio from 'twilio';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { startReceiver } from './lib/receiver.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const CONFERENCES = `/2010-04-01/Accounts/${ACCOUNT.TWILIO_ACCOUNT_SID}/Conferences`;

let world;

before(async () => {
  world = await startWorld({ settings: { CALL_MODE: 'conference', WATCHDOG_SECONDS: '0' } });
});
afterEach(async () => {
  await world.database.assertIntegrity();
  await world.assertNoNumberInLog();
});
after(() => world?.stop());

const books = (user) => world.database.books(user.id);

async function played(to, { credit = '10', during } = {}) {
  const user = await world.database.addUser(credit);
  const callSid = await world.callFromBrowser(user, to);
  if (during) await during(callSid, user);
  const story = await world.watch(callSid, 'over');
  assert.deepEqual(story.errors, []);
  for (const { kind, status } of story.webhooks) assert.ok(status < 300, `${kind} ${status}`);
  return { user, callSid, story, books: await books(user) };
}

describe('a call over a conference', () => {
  it('is begun as Twilio’s own package would write it', async () => {
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    const { text } = await world.webhook('/api/twilio/twiml', call.voice);
    const base = `${world.url}/api/twilio`;
    const query = `?user=${user.id}&parent=${call.sid}`;
    const expected = new twilio.twiml.VoiceResponse();
    expected.dial({ timeLimit: 1485, action: `${base}/conference-left${query}#rc=3&rp=all` }).conference(
      {
        participantLabel: 'caller',
        endConferenceOnExit: true,
        beep: 'false',
        maxParticipants: 2,
        waitUrl: '',
        statusCallback: `${base}/conference-callback${query}&limit=1440&to=%2B18765551234#rc=3&rp=all`,
        statusCallbackEvent: ['end', 'join', 'leave'],
      },
      call.sid,
    );
    assert.deepEqual(parseTwiml(text), parseTwiml(expected.toString()));
    assert.equal((await books(user)).held, '9.840000');
  });

  it('is billed by the callee’s talk', async () => {
    const { story, books: left } = await played('+18765555061');
    const [, callee] = story.legs;
    assert.equal(story.legs.length, 2);
    const [{ status, dial_call_sid: dialled, duration_seconds: talked, billed_seconds: billed }] = left.calls;
    assert.deepEqual([status, dialled, talked, billed], ['completed', callee.callSid, 61, 120]);
    assert.deepEqual([left.balance, left.held], ['9.180000', '0.000000']);
  });

  it('ends at its limit', async () => {
    const { story, books: left } = await played('+18765555903', { credit: '0.5' });
    assert.deepEqual(
      [story.legs[1].durationSeconds, left.calls[0].billed_seconds, left.balance],
      [60, 60, '0.090000'],
    );
  });

  it('ends with the caller, also while it rings', async () => {
    const talking = await played('+18765555903', {
      credit: '100',
      during: async (callSid) => {
        await world.watch(callSid, 'in-progress');
        await world.hangUpInBrowser(callSid);
      },
    });
    assert.deepEqual([talking.books.calls[0].status, talking.books.held], ['completed', '0.000000']);
    const ringing = await played('+18765555904', {
      during: async (callSid) => {
        await world.watch(callSid, 'ringing');
        await world.hangUpInBrowser(callSid);
      },
    });
    assert.deepEqual(
      [ringing.books.calls[0].status, ringing.books.balance, ringing.books.held],
      ['canceled', '10.000000', '0.000000'],
    );
  });

  for (const [ending, status, words] of [
    ['900', 'busy', /busy/],
    ['901', 'no-answer', /Nobody answered/],
    ['902', 'failed', /could not be connected/],
    ['920', 'failed', /could not be connected/],
  ])
    it(`tells the caller aloud when it comes to nothing (${ending}), and costs nothing`, async () => {
      const { story, books: left } = await played(`+18765555${ending}`);
      assert.match(story.said.join(), words);
      assert.deepEqual([left.calls[0].status, left.balance, left.held], [status, '10.000000', '0.000000']);
    });

  it('is placed by the relay, too', async () => {
    const user = await world.database.addUser();
    const { status, body } = await world.api('POST', '/api/call', { user, json: { to: '+18765555061' } });
    assert.equal(status, 201);
    const story = await world.watch(body.callSid, 'over');
    assert.deepEqual(story.errors, []);
    assert.equal((await books(user)).balance, '9.180000');
  });

  it('is refused like any other', async () => {
    const { story, books: left } = await played(JAMAICA, { credit: '0' });
    assert.match(story.said.join(), /credit/);
    assert.deepEqual([story.legs.length, left.calls[0].reject_reason], [1, 'insufficient_credit']);
  });
});

describe('what Twilio tells of a conference', () => {
  async function entered(answers, use) {
    const carrier = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN, {});
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    try {
      await world.withRelay({ TWILIO_API_BASE: carrier.url }, async ({ url }) => {
        const hook = (path, parameters) =>
          world.webhook(path, parameters, { url, signedUrl: world.url + path });
        const { text } = await hook('/api/twilio/twiml', call.voice);
        const [{ attributes, children }] = parseTwiml(text);
        const path = (whole) => whole.replace(world.url, '').replace(/#.*/, '');
        Object.assign(carrier.answers, answers(call));
        const joined = {
          ConferenceSid: `CF${'1'.repeat(32)}`,
          CallSid: call.sid,
          StatusCallbackEvent: 'participant-join',
        };
        await use({
          user,
          call,
          carrier,
          hook,
          join: () => hook(path(children[0].attributes.statusCallback), joined),
          tell: (more) => hook(path(children[0].attributes.statusCallback), { ...joined, ...more }),
          leave: () => hook(path(attributes.action), { ...call.voice, DialCallStatus: 'answered' }),
          dialled: () => carrier.at(`${CONFERENCES}/${call.sid}/Participants.json`),
        });
      });
    } finally {
      await carrier.stop();
    }
  }
  const callee = `CA${'d'.repeat(32)}`;
  const accepting = (call) => ({
    [`${CONFERENCES}/${call.sid}/Participants.json`]: {
      status: 201,
      body: JSON.stringify({ call_sid: callee }),
    },
    [`${CONFERENCES.replace('Conferences', 'Calls')}/${callee}.json`]: {
      status: 200,
      body: JSON.stringify({ sid: callee, status: 'completed' }),
    },
  });

  it('has the callee dialled once, however often it is told', () =>
    entered(accepting, async ({ user, join, dialled }) => {
      const answers = await Promise.all([join(), join(), join()]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [204, 204, 204],
      );
      assert.equal((await join()).status, 204);
      assert.equal(dialled().length, 1);
      const { parameters } = dialled()[0];
      assert.deepEqual(
        [parameters.To, parameters.From, parameters.TimeLimit, parameters.Label],
        [JAMAICA, ACCOUNT.TWILIO_PHONE_NUMBER, '1440', 'callee'],
      );
      assert.equal((await books(user)).calls[0].dial_call_sid, callee);
    }));

  it('ends also a leg that Twilio never said it dialled', () =>
    entered(
      (call) => ({ ...accepting(call), [`${CONFERENCES}/${call.sid}/Participants.json`]: 500 }),
      async ({ user, call, join, leave, carrier, hook }) => {
        assert.equal((await join()).status, 204);
        const [{ parameters }] = carrier.at(`${CONFERENCES}/${call.sid}/Participants.json`);
        const path = parameters.StatusCallback.replace(world.url, '').replace(/#.*/, '');
        const ringing = { CallSid: callee, CallStatus: 'ringing', Direction: 'outbound-api', To: JAMAICA };
        assert.equal((await hook(path, ringing)).status, 204);
        assert.equal((await leave()).status, 200);
        assert.equal(carrier.at(`${CONFERENCES.replace('Conferences', 'Calls')}/${callee}.json`).length, 1);
        assert.equal((await books(user)).calls[0].dial_call_sid, callee);
      },
    ));

  it('ends the callee’s leg with the caller’s', () =>
    entered(accepting, async ({ join, leave, tell, carrier }) => {
      await join();
      const ended = () => carrier.at(`${CONFERENCES.replace('Conferences', 'Calls')}/${callee}.json`).length;
      assert.equal((await tell({ StatusCallbackEvent: 'participant-leave', CallSid: callee })).status, 204);
      assert.equal(ended(), 0);
      assert.equal((await leave()).status, 200);
      assert.equal(ended(), 1);
    }));

  it('is told again when Twilio did not do what it asks for', () =>
    entered(
      (call) => ({
        [`${CONFERENCES}/${call.sid}/Participants.json`]: {
          status: 400,
          body: '{"code":21215,"message":"not allowed"}',
        },
        [`${CONFERENCES.replace('Conferences', 'Calls')}/${call.sid}.json`]: 500,
      }),
      async ({ user, join }) => {
        assert.equal((await join()).status, 502);
        const { held, calls } = await books(user);
        assert.deepEqual([held, calls[0].status], ['0.000000', 'failed']);
      },
    ));

  it('dials nobody for a call that is over, or for another user', () =>
    entered(accepting, async ({ user, call, join, dialled }) => {
      await world.database.query(`SELECT worldtune.record_call_status($1, 'canceled')`, [call.sid]);
      assert.equal((await join()).status, 204);
      const other = await world.database.addUser();
      const path = `/api/twilio/conference-callback?user=${other.id}&parent=${call.sid}&limit=60&to=%2B18765551234`;
      const event = { CallSid: call.sid, StatusCallbackEvent: 'participant-join' };
      assert.equal((await world.webhook(path, event)).status, 404);
      assert.equal(dialled().length, 0);
      assert.equal((await books(user)).held, '0.000000');
    }));
});

describe('a conference that is recorded', () => {
  it('is announced, recorded and written down', async () => {
    await world.killRelay();
    world.settings = { ...world.settings, RECORD_CALLS: 'true', TRANSCRIBE_CALLS: 'true' };
    await world.startRelay();
    const { user, story } = await played('+18765555020');
    assert.deepEqual(story.whispered, ['This call is recorded and transcribed.']);
    const { recorded, transcript } = await until('the history tells it', async () => {
      const [call] = (await world.api('GET', '/api/calls/history', { user })).body.calls;
      return call.recorded && call;
    });
    assert.deepEqual([recorded, transcript], [true, 'callee: Hello?\ncaller: Hello, it is me.']);
  });
});
