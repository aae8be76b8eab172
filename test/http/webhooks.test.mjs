/** Twilio's webhooks: what a call's sequence leaves in the books, whatever comes twice, late, or from somebody else. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import twilio from 'twilio';
import { parseTwiml } from '../../sandbox/twiml.mjs';
import { BrowserCall, JAMAICA, settled } from './lib/calls.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const NO_RATE = '+8613800138000';

let world;

before(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.database.assertIntegrity();
  await world.assertNoNumberInLog();
});
after(() => world?.stop());

const post = ([path, parameters]) => world.webhook(path, parameters);
async function accepted(webhook) {
  const { status, text } = await post(webhook);
  assert.ok(status < 300, `${webhook[0]}: ${status} ${text}`);
}
const books = (user) => world.database.books(user.id);

async function begunCall({ credit = '10', to = JAMAICA } = {}) {
  const user = await world.database.addUser(credit);
  const call = new BrowserCall(world, user, to);
  const answer = await call.begin();
  return { user, call, answer };
}

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

describe('a low balance', () => {
  it('is said by the database while the call lasts, and stands in the log', async () => {
    const low = () =>
      world.relay.log.filter((line) => line.includes('database_notice') && line.includes('01L01'));
    const { call: rich } = await begunCall({ credit: '10' });
    await post(rich.following(61)[0]);
    assert.deepEqual(low(), []);
    const { call } = await begunCall({ credit: '0.9' });
    await post(call.following(61)[0]);
    assert.match(await until('the log says so', () => low()[0]), /0\.900000 credits/);
  });
});

describe('the voice request', () => {
  it('is answered as Twilio’s own package would write it, and holds the credit', async () => {
    const { user, call, answer } = await begunCall();
    const [path, query] = [`${world.url}/api/twilio`, `?user=${user.id}#rc=3&rp=all`];
    const expected = new twilio.twiml.VoiceResponse();
    const attributes = {
      answerOnBridge: true,
      callerId: ACCOUNT.TWILIO_PHONE_NUMBER,
      timeLimit: 1440,
      timeout: 30,
    };
    expected.dial({ ...attributes, action: `${path}/dial-complete${query}` }).number(
      {
        statusCallback: `${path}/status-callback${query}`,
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      },
      JAMAICA,
    );
    assert.equal(answer.status, 200);
    assert.match(answer.type, /^text\/xml/);
    assert.deepEqual(parseTwiml(answer.text), parseTwiml(expected.toString()));
    const { balance, held, calls } = await books(user);
    assert.deepEqual([balance, held], ['10.000000', '9.840000']);
    assert.equal(calls[0].call_sid, call.sid);
    assert.equal(calls[0].credits_held, '9.840000');
  });

  it('is answered the same when it comes again, and holds nothing more', async () => {
    const { user, call, answer } = await begunCall();
    const held = await books(user);
    assert.deepEqual(await call.begin(), answer);
    assert.deepEqual(await books(user), held);
  });

  it('allows the whole minutes that the credit pays for', async () => {
    const { user, call } = await begunCall({ credit: '1.435' });
    assert.equal(call.dial.timeLimit, '180');
    assert.equal((await books(user)).held, '1.230000');
  });

  it('refuses a call aloud when the credit does not reach a minute', async () => {
    const { user, answer } = await begunCall({ credit: '0.409999' });
    const { balance, held, calls, ledger } = await books(user);
    assert.equal(answer.status, 200);
    assert.deepEqual(
      parseTwiml(answer.text).map(({ name }) => name),
      ['Say', 'Hangup'],
    );
    assert.match(answer.text, /credit/);
    assert.deepEqual([balance, held, ledger.length], ['0.409999', '0.000000', 1]);
    assert.equal(calls[0].status, 'rejected');
    assert.equal(calls[0].reject_reason, 'insufficient_credit');
  });

  it('asks for no longer a call than Twilio allows', async () => {
    await world.database.query('UPDATE worldtune.settings SET max_call_seconds = 86400');
    try {
      const { call } = await begunCall({ credit: '1000' });
      assert.equal(call.dial.timeLimit, '14400');
    } finally {
      await world.database.query('UPDATE worldtune.settings SET max_call_seconds = 14400');
    }
  });

  it('takes the last minute that the credit pays for', async () => {
    const { call } = await begunCall({ credit: '0.41' });
    assert.equal(call.dial.timeLimit, '60');
  });

  for (const [what, to, words] of [
    ['a number without a rate', NO_RATE, /do not offer/],
    ['a number that is none', '0207 946', /not valid/],
    ['no number', '', /not valid/],
  ])
    it(`refuses ${what} aloud`, async () => {
      const { user, answer } = await begunCall({ to });
      assert.equal(answer.status, 200);
      assert.match(answer.text, words);
      assert.match(answer.text, /<Hangup\/>/);
      assert.equal((await books(user)).held, '0.000000');
    });

  it('writes no number into the log, not even one that is none', async () => {
    for (const to of ['+442079460958&x=1', 'tel:+44 20 7946 0958 now', '4420794609580000000000'])
      assert.match((await begunCall({ to })).answer.text, /not valid/);
    const lines = world.relay.log.filter((line) => line.includes('call_not_authorized'));
    assert.ok(lines.length >= 3, `${lines.length} refusals are in the log`);
    for (const line of lines) assert.equal(JSON.parse(line).sqlstate, '22023', line);
    for (const line of world.relay.log) assert.doesNotMatch(line, /7946/);
  });

  it('refuses strangers aloud', async () => {
    const stranger = { identity: `u_${'1'.repeat(32)}` };
    for (const user of [stranger, { identity: 'somebody' }]) {
      const answer = await new BrowserCall(world, user, JAMAICA).begin();
      assert.equal(answer.status, 200, user.identity);
      assert.match(answer.text, /<Say>.*<Hangup\/>/s, user.identity);
    }
  });

  it('is served at /api/twilio/voice, too', async () => {
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    const answer = await world.webhook('/api/twilio/voice', call.voice);
    assert.match(answer.text, /<Dial/);
  });

  it('never takes the user from anything but the signed From', async () => {
    const [user, other] = [await world.database.addUser(), await world.database.addUser()];
    const call = new BrowserCall(world, user, JAMAICA);
    const parameters = {
      ...call.voice,
      user: other.id,
      user_id: other.id,
      Caller: `client:${other.identity}`,
    };
    await world.webhook(`/api/twilio/twiml?user=${other.id}`, parameters);
    assert.equal((await books(user)).calls.length, 1);
    assert.equal((await books(other)).calls.length, 0);
  });
});

describe('a whole call', () => {
  it('is billed once, to the cent, and holds nothing afterwards', async () => {
    const { user, call } = await begunCall();
    for (const webhook of call.following(61)) await accepted(webhook);
    assert.deepEqual(await books(user), settled(call));
  });

  it('ends in the same books in every order, and repeats change nothing', async () => {
    const orders = permutations([0, 1, 2, 3, 4]);
    const worker = async () => {
      for (let order = orders.pop(); order; order = orders.pop()) {
        const { user, call } = await begunCall();
        const webhooks = call.following(61);
        for (const i of order) await accepted(webhooks[i]);
        assert.deepEqual(await books(user), settled(call), `order ${order}`);
        for (const i of order.toReversed()) await post(webhooks[i]);
        assert.doesNotMatch((await call.begin()).text, /<Dial/, 'nothing is held for it any more');
        assert.deepEqual(await books(user), settled(call), `repeated after order ${order}`);
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
  });

  it('is billed once when every webhook comes four times at once', async () => {
    const { user, call } = await begunCall();
    const all = call.following(61).flatMap((webhook) => Array(4).fill(webhook));
    const answers = await Promise.all(all.map(post));
    for (const { status, text } of answers) assert.ok(status < 300, `${status} ${text}`);
    assert.deepEqual(await books(user), settled(call));
  });

  it('is billed by its action alone when the callbacks are lost, and by its last callback alone', async () => {
    for (const one of [3, 4]) {
      const { user, call } = await begunCall();
      await post(call.following(61)[one]);
      assert.deepEqual(await books(user), settled(call), `webhook ${one} alone`);
    }
  });

  for (const status of ['busy', 'no-answer', 'failed', 'canceled'])
    it(`costs nothing when it ends ${status}`, async () => {
      const { user, call } = await begunCall();
      const [callback, , , , action] = call.following(0);
      await post([callback[0], call.status('initiated', 0)]);
      await post([callback[0], call.status(status, 1, 0)]);
      await post([action[0], call.action(status, 0)]);
      const { balance, held, calls, ledger } = await books(user);
      assert.deepEqual([balance, held, ledger.length], ['10.000000', '0.000000', 1]);
      assert.deepEqual([calls[0].status, calls[0].credits_used], [status, '0.000000']);
    });

  it('is never billed by the report of the caller’s own leg', async () => {
    const { user, call } = await begunCall();
    const webhooks = call.following(61);
    for (const webhook of webhooks.slice(0, 3)) await post(webhook);
    const { held } = await books(user);
    const own = { ...call.voice, CallStatus: 'completed', CallDuration: '300', Duration: '5' };
    assert.equal((await world.webhook('/api/twilio/status-callback', own)).status, 204);
    assert.deepEqual([(await books(user)).held, (await books(user)).balance], [held, '10.000000']);
    for (const webhook of webhooks.slice(3)) await post(webhook);
    assert.deepEqual(await books(user), settled(call));
  });

  it('began and ended when Twilio says so', async () => {
    const { user, call } = await begunCall();
    const [[path]] = call.following(61);
    await world.database.query(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE public.call_logs SET authorized_at = now() - interval '1 hour' WHERE user_id = '${user.id}'; COMMIT`,
    );
    const at = (minutesAgo) => new Date(Math.floor(Date.now() / 1000) * 1000 - minutesAgo * 60_000);
    const Timestamp = (moment) => moment.toUTCString().replace('GMT', '+0000');
    const [answered, ended] = [at(30), at(29)];
    await world.webhook(path, { ...call.status('in-progress', 2), Timestamp: Timestamp(answered) });
    await world.webhook(path, { ...call.status('completed', 3, 60), Timestamp: Timestamp(ended) });
    const { answered_at, ended_at } = await world.database.row(
      'SELECT answered_at, ended_at FROM public.call_logs WHERE call_sid = $1',
      [call.sid],
    );
    assert.deepEqual([answered_at, ended_at], [answered, ended]);
  });

  it('never costs more than was authorised', async () => {
    const { user, call } = await begunCall({ credit: '1.435' });
    for (const webhook of call.following(187)) await post(webhook);
    const { balance, calls } = await books(user);
    assert.equal(balance, '0.205000');
    assert.deepEqual([calls[0].duration_seconds, calls[0].billed_seconds], [187, 180]);
  });
});

describe('the public URL', () => {
  it('is what the signature covers: with its path, with or without the port, and the query as it came', async () => {
    const base = 'https://relay.example.org/calls';
    await world.withRelay({ PUBLIC_URL: base }, async ({ url }) => {
      const path = '/api/twilio/twiml?note=a%20b%2Bc&x=%7E&empty=';
      for (const signed of [base, base.replace('.org', '.org:443')]) {
        const user = await world.database.addUser();
        const { voice } = new BrowserCall(world, user, JAMAICA);
        const answer = await world.webhook(path, voice, { url, signedUrl: signed + path });
        assert.equal(answer.status, 200, `${url}${path}`);
        const action = `action="${base}/api/twilio/dial-complete?user=${user.id}#`;
        assert.ok(answer.text.includes(action), answer.text);
      }
      const { voice } = new BrowserCall(world, await world.database.addUser(), JAMAICA);
      assert.equal((await world.webhook(path, voice, { url })).status, 403);
      const decoded = path.replace('%20', '+');
      assert.equal((await world.webhook(path, voice, { url, signedUrl: base + decoded })).status, 403);
    });
  });
});

describe('a webhook that is not Twilio’s', () => {
  /** Every way to be somebody else, for one webhook: [what, path, parameters, options]. */
  function forgeries([path, parameters]) {
    const token = (secret) => twilio.getExpectedTwilioSignature(secret, world.url + path, parameters);
    const { CallSid, ...without } = parameters;
    const elsewhere = 'https://relay.example.org';
    const headers = { 'X-Forwarded-Host': 'relay.example.org', 'X-Forwarded-Proto': 'https' };
    const good = { signature: token(ACCOUNT.TWILIO_AUTH_TOKEN) };
    return [
      ['no signature', path, parameters, { signature: '' }],
      ['another token', path, parameters, { signature: token('another') }],
      ['another host', path, parameters, { signedUrl: elsewhere + path }],
      ['another path', path, parameters, { signedUrl: `${world.url}/api/twilio/other` }],
      ['another scheme', path, parameters, { signedUrl: `${world.url}${path}`.replace('http:', 'https:') }],
      ['a changed value', path, { ...parameters, CallStatus: 'completed', CallDuration: '999' }, good],
      ['another parameter', path, { ...parameters, Extra: '1' }, good],
      ['a missing parameter', path, without, good],
      ['a changed user', `${path}${path.includes('?') ? '&' : '?'}user=${'0'.repeat(8)}`, parameters, good],
      ['another host in its headers', path, parameters, { signedUrl: elsewhere + path, headers }],
    ];
  }

  it('is not looked at when it has a thousand fields: they would be sorted for anybody', async () => {
    const { call } = await begunCall();
    const [[path, parameters]] = call.following(61);
    const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`F${i}`, '']));
    assert.equal((await world.webhook(path, { ...parameters, ...fields })).status, 403);
    assert.equal((await world.webhook(path, parameters)).status, 204);
  });

  it('gets 403 and changes nothing', async () => {
    const { user, call } = await begunCall();
    const before = await books(user);
    const [status, , , , action] = call.following(61);
    const other = await world.database.addUser();
    const voice = ['/api/twilio/twiml', new BrowserCall(world, other, JAMAICA).voice];
    const alias = ['/api/twilio/voice', voice[1]];
    for (const webhook of [status, action, voice, alias])
      for (const [what, path, parameters, options] of forgeries(webhook)) {
        const answer = await world.webhook(path, parameters, options);
        assert.equal(answer.status, 403, `${what}: ${path}`);
        assert.equal(JSON.parse(answer.text).code, 'invalid_signature', `${what}: ${path}`);
      }
    assert.deepEqual(await books(user), before);
    assert.equal((await books(other)).calls.length, 0);
  });

  it('(JSON) is let in by the hash of its body under the signed URL, and by nothing else', async () => {
    const send = (body, signed) => {
      const path = `/api/twilio/status-callback?bodySHA256=${createHash('sha256').update(signed).digest('hex')}`;
      const headers = {
        'Content-Type': 'application/json',
        'X-Twilio-Signature': twilio.getExpectedTwilioSignature(
          ACCOUNT.TWILIO_AUTH_TOKEN,
          world.url + path,
          {},
        ),
      };
      return world.api('POST', path, { body, headers });
    };
    const body = JSON.stringify({ CallSid: `CA${'0'.repeat(32)}`, CallStatus: 'completed' });
    // It is Twilio's, though it says nothing that a status callback says.
    const good = await send(body, body);
    assert.deepEqual([good.status, good.body.code], [400, 'missing_parameter']);
    for (const [changed, signed] of [
      [`${body} `, body],
      [body, ''],
      ['{}', body],
    ]) {
      const answer = await send(changed, signed);
      assert.deepEqual([answer.status, answer.body.code], [403, 'invalid_signature']);
    }
  });

  it('gets 404 for a call that is unknown or another user’s, so that it comes again', async () => {
    const { user, call } = await begunCall();
    const other = await world.database.addUser();
    const before = await books(user);
    const [[path]] = call.following(61);
    const unknown = { ...call.status('completed', 3, 61), ParentCallSid: `CA${'0'.repeat(32)}` };
    assert.equal((await world.webhook(path, unknown)).status, 404);
    const foreign = path.replace(user.id, other.id);
    assert.equal((await world.webhook(foreign, call.status('completed', 3, 61))).status, 404);
    // The URL names the user before anybody that the form may name.
    const own = { ...call.voice, CallStatus: 'completed' };
    assert.equal((await world.webhook(foreign, own)).status, 404);
    const [, , , , [action, done]] = call.following(61);
    assert.equal((await world.webhook(action.replace(user.id, other.id), done)).status, 404);
    assert.deepEqual(await books(user), before);
  });

  it('gets 400 when it says too little', async () => {
    const { call } = await begunCall();
    const [[path]] = call.following(61);
    assert.equal((await world.webhook(path, { CallStatus: 'completed' })).status, 400);
    assert.equal((await world.webhook('/api/twilio/twiml', { From: 'client:u_1' })).status, 400);
  });

  it('is believed word by word only: odd durations and texts do no harm', async () => {
    const { user, call } = await begunCall();
    const [[path]] = call.following(61);
    const before = await books(user);
    for (const CallDuration of ['-1', '1e9', '99999999999999999999', '61; DROP TABLE users', ''])
      await world.webhook(path, { ...call.status('completed', 3), CallDuration });
    const odd = await world.webhook(path, call.status('hung-up', 3, 61));
    assert.deepEqual([odd.status, JSON.parse(odd.text).code], [400, 'invalid_value']);
    const { calls, ...rest } = await books(user);
    assert.deepEqual(rest, { balance: before.balance, held: before.held, ledger: before.ledger });
    assert.equal(calls[0].credits_used, before.calls[0].credits_used);
  });
});
