/** The sandbox carrier against an application that twilio's package judges for. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import twilio from 'twilio';
import { MAGIC } from '../../sandbox/magic.mjs';
import { COUNTRIES, MAGIC_COUNTRIES } from '../../sandbox/prices.mjs';
import { readSettings } from '../../sandbox/settings.mjs';
import { startCarrier } from '../../sandbox/start.mjs';
import { startProgram } from './lib/processes.mjs';
import { startReceiver } from './lib/receiver.mjs';

const TOKEN = '8f2c1d4b5a6e7f8091a2b3c4d5e6f708';
const ACCOUNT = 'AC5a4db0c5000000000000000000000000';
const CALLER_ID = '+15005550006';
const IDENTITY = 'u_11111111111141118111111111111111';

let application, carrier;

function dial(number, { dial = '', statusCallback = `${application.url}/status` } = {}) {
  const response = new twilio.twiml.VoiceResponse();
  const attributes = {
    answerOnBridge: true,
    callerId: CALLER_ID,
    action: `${application.url}/action`,
    ...dial,
  };
  response.dial(attributes).number(
    {
      statusCallback,
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
    },
    number,
  );
  return response.toString();
}

async function api(path, { form, headers = {}, user = ACCOUNT, password = TOKEN } = {}) {
  const response = await fetch(`${carrier.url}${path}`, {
    method: form ? 'POST' : 'GET',
    body: form && new URLSearchParams(form),
    headers: { Authorization: `Basic ${btoa(`${user}:${password}`)}`, ...headers },
  });
  assert.equal(response.headers.get('x-sandbox'), 'not Twilio');
  const body = await response.json();
  assert.equal(body.sandbox, 'not Twilio');
  return { status: response.status, body };
}

const calls = (rest = '.json') => `/2010-04-01/Accounts/${ACCOUNT}/Calls${rest}`;

async function placeFromBrowser(to, extra = {}) {
  const response = await fetch(`${carrier.url}/sandbox/calls`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ identity: IDENTITY, to, ...extra }),
  });
  assert.equal(response.status, 201);
  return (await response.json()).callSid;
}

const watch = async (sid, until) => (await api(`/sandbox/calls/${sid}?until=${until}`)).body;
const hangUp = (sid) => api(`/sandbox/calls/${sid}/hangup`, { form: {} });

async function callFromBrowser(to, twiml = dial(to)) {
  application.answers['/api/twilio/twiml'] = twiml;
  return watch(await placeFromBrowser(to), 'over');
}

/** The statuses that were reported of the dialled leg, in the order they arrived. */
const reported = () => application.at('/status').map(({ parameters }) => parameters.CallStatus);

before(async () => {
  application = await startReceiver(TOKEN);
  carrier = await startCarrier(
    readSettings({
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_PHONE_NUMBER: CALLER_ID,
      PUBLIC_URL: application.url,
      SANDBOX_SPEED: '100',
    }),
  );
});

beforeEach(() => {
  application.requests.length = 0;
  for (const path of Object.keys(application.answers)) delete application.answers[path];
  application.answers['/action'] = '<Response><Hangup/></Response>';
});

after(async () => {
  await carrier?.stop();
  await application?.stop();
});

describe('a call from a browser', () => {
  it('is reported step by step, signed, and ends with its action', async () => {
    const began = Date.now();
    const state = await callFromBrowser('+442079460958');
    const [voice] = application.at('/api/twilio/twiml');
    const [action] = application.at('/action');
    const [, child] = state.legs;
    assert.ok(Date.now() - began < 5000, '61 seconds pass in a few');
    for (const { valid, path } of application.requests) assert.ok(valid, `the signature at ${path}`);
    assert.equal(voice.parameters.From, `client:${IDENTITY}`);
    assert.equal(voice.parameters.To, '+442079460958');
    assert.equal(voice.parameters.Direction, 'inbound');
    assert.equal(voice.parameters.CallStatus, 'ringing');
    assert.equal(voice.parameters.CallSid, state.callSid);
    assert.deepEqual(reported(), ['initiated', 'ringing', 'in-progress', 'completed']);
    assert.deepEqual(state.errors, []);
    assert.deepEqual(
      application.at('/status').map(({ parameters }) => parameters.SequenceNumber),
      ['0', '1', '2', '3'],
    );
    const last = application.at('/status').at(-1).parameters;
    assert.equal(last.CallDuration, '61');
    assert.equal(last.Duration, '2');
    assert.equal(last.ParentCallSid, state.callSid);
    assert.equal(last.CallSid, child.callSid);
    assert.equal(last.Direction, 'outbound-dial');
    assert.equal(last.From, CALLER_ID);
    assert.match(last.Timestamp, /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/);
    assert.equal(action.parameters.DialCallStatus, 'completed');
    assert.equal(action.parameters.DialCallSid, child.callSid);
    assert.equal(action.parameters.DialCallDuration, '61');
    assert.equal(action.parameters.DialBridged, 'true');
    assert.equal(action.parameters.CallSid, state.callSid);
  });

  it('sends what the page adds, but nobody else’s identity', async () => {
    application.answers['/api/twilio/twiml'] = '<Response><Reject/></Response>';
    const parameters = { wt_number: '+33 1', From: 'client:u_other' };
    await watch(await placeFromBrowser('', { parameters }), 'over');
    const [voice] = application.at('/api/twilio/twiml');
    assert.equal(voice.parameters.wt_number, '+33 1');
    assert.equal(voice.parameters.From, `client:${IDENTITY}`);
  });

  it('is refused when it is no call', async () => {
    const place = (body, type = 'application/json') =>
      fetch(`${carrier.url}/sandbox/calls`, { method: 'POST', headers: { 'Content-Type': type }, body });
    assert.equal((await place('{"identity":"u_1"}', 'text/plain')).status, 415);
    for (const body of ['', '{', 'null', '{}', '{"identity":7}', '{"identity":"client:u-1"}'])
      assert.equal((await place(body)).status, 400, body);
    const unknown = `/sandbox/calls/CA${'0'.repeat(32)}`;
    assert.equal((await api(unknown)).status, 404);
    assert.equal((await api(`${unknown}/hangup`, { form: {} })).status, 404);
    const sid = await placeFromBrowser('');
    assert.equal((await api(`/sandbox/calls/${sid}?until=christmas`)).status, 400);
    await watch(sid, 'over');
  });

  it('says a sentence and hangs up', async () => {
    const state = await callFromBrowser(
      '+442079460958',
      '<Response><Say>No credit.</Say><Hangup/></Response>',
    );
    assert.deepEqual(state.said, ['No credit.']);
    assert.deepEqual(
      state.legs.map(({ status }) => status),
      ['completed'],
    );
  });

  for (const [code, status, sip] of [
    ['900', 'busy', '486'],
    ['901', 'no-answer', '487'],
    ['902', 'failed', '404'],
  ])
    it(`ends ${status} when the number ends in 555${code}`, async () => {
      await callFromBrowser(`+44207555${code}`);
      const last = application.at('/status').at(-1).parameters;
      const [action] = application.at('/action');
      assert.equal(last.CallStatus, status);
      assert.equal(last.CallDuration, '0');
      assert.equal(last.Duration, '0');
      assert.equal(last.SipResponseCode, sip);
      assert.equal(action.parameters.DialCallStatus, status);
      assert.equal(action.parameters.DialCallDuration, '0');
      assert.equal(action.parameters.DialBridged, 'false');
    });

  it('ends at timeLimit, and rings no longer than timeout', async () => {
    await callFromBrowser('+44207555903', dial('+44207555903', { dial: { timeLimit: 47 } }));
    assert.equal(application.at('/status').at(-1).parameters.CallDuration, '47');
    application.requests.length = 0;
    await callFromBrowser('+44207555904', dial('+44207555904', { dial: { timeout: 10 } }));
    assert.equal(application.at('/status').at(-1).parameters.CallStatus, 'no-answer');
  });

  it('talks as long as the number says', async () => {
    await callFromBrowser('+44207555007');
    assert.equal(application.at('/status').at(-1).parameters.CallDuration, '7');
  });

  it('ends when the caller hangs up, talking or ringing', async () => {
    application.answers['/api/twilio/twiml'] = dial('+44207555903');
    const talking = await placeFromBrowser('+44207555903');
    await watch(talking, 'in-progress');
    await hangUp(talking);
    await watch(talking, 'over');
    assert.equal(reported().at(-1), 'completed');
    assert.equal(application.at('/action')[0].parameters.DialCallStatus, 'completed');
    application.requests.length = 0;
    application.answers['/api/twilio/twiml'] = dial('+44207555901', { dial: { timeout: 600 } });
    const ringing = await placeFromBrowser('+44207555901');
    await watch(ringing, 'ringing');
    await hangUp(ringing);
    const state = await watch(ringing, 'over');
    assert.equal(reported().at(-1), 'canceled');
    assert.equal(state.status, 'canceled');
  });

  it('loses, repeats and reorders callbacks where the number says so', async () => {
    await callFromBrowser('+44207555910');
    assert.deepEqual(reported(), ['initiated', 'ringing', 'in-progress']);
    assert.equal(application.at('/action').length, 1);
    application.requests.length = 0;
    await callFromBrowser('+44207555911');
    assert.deepEqual(reported(), ['initiated', 'ringing', 'in-progress']);
    assert.equal(application.at('/action').length, 0);
    application.requests.length = 0;
    await callFromBrowser('+44207555912');
    assert.equal(reported().length, 8);
    assert.equal(application.at('/action').length, 2);
    const tokens = application.at('/status').map(({ headers }) => headers['i-twilio-idempotency-token']);
    assert.equal(tokens[0], tokens[1]);
    assert.equal(new Set(tokens).size, 4);
    application.requests.length = 0;
    await callFromBrowser('+44207555913');
    assert.deepEqual(reported(), ['completed', 'in-progress', 'ringing', 'initiated']);
  });

  it('ends with Twilio’s error code when the TwiML is unusable', async () => {
    const cases = [
      ['', 11770],
      ['<Response><Dial>', 12100],
      [' <?xml version="1.0"?><Response/>', 12100],
      ['<Answer/>', 12102],
      [500, 11200],
      ['hang up', 11205],
      [dial('0207', {}), 13223],
      [dial('+442079460958', { dial: { timeLimit: 0 } }), 13216],
      [dial('+442079460958', { dial: { callerId: '+15550001111' } }), 13214],
    ];
    for (const [twiml, code] of cases) {
      const state = await callFromBrowser('+442079460958', twiml);
      assert.equal(state.errors[0]?.code, code, `${twiml}`);
      assert.deepEqual(reported(), [], twiml);
    }
  });

  it('repeats a webhook as the fragment of its URL says, with one token', async () => {
    let failures = 2;
    application.answers['/status'] = () => (failures-- > 0 ? 500 : 204);
    const statusCallback = `${application.url}/status?a=1&b=x%20y#rc=3&rp=5xx`;
    await callFromBrowser('+44207555902', dial('+44207555902', { statusCallback }));
    const tries = application.at('/status').slice(0, 3);
    assert.equal(new Set(tries.map(({ headers }) => headers['i-twilio-idempotency-token'])).size, 1);
    assert.deepEqual(
      tries.map(({ parameters }) => parameters.CallStatus),
      ['initiated', 'initiated', 'initiated'],
    );
    for (const { valid, path } of application.requests) assert.ok(valid && !path.includes('#'), path);
  });

  it('does not repeat a webhook that was answered, unless asked to', async () => {
    application.answers['/status'] = 500;
    await callFromBrowser('+44207555902');
    assert.deepEqual(reported(), ['initiated', 'failed']);
  });
});

describe('a call made by REST', () => {
  const create = () =>
    api(calls(), {
      form: [
        ['To', `client:${IDENTITY}`],
        ['From', CALLER_ID],
        ['Url', `${application.url}/twiml?call=1`],
        ['StatusCallback', `${application.url}/parent`],
        ['StatusCallbackEvent', 'initiated'],
        ['StatusCallbackEvent', 'completed'],
      ],
    });

  it('rings the browser, then runs the TwiML', async () => {
    application.answers['/twiml'] = dial('+442079460958');
    const { status, body } = await create();
    assert.equal(status, 201);
    assert.equal(body.status, 'queued');
    const state = await watch(body.sid, 'over');
    const [voice] = application.at('/twiml');
    assert.equal(voice.parameters.Direction, 'outbound-api');
    assert.equal(voice.parameters.To, `client:${IDENTITY}`);
    assert.equal(voice.parameters.CallStatus, 'in-progress');
    assert.deepEqual(
      application.at('/parent').map(({ parameters }) => parameters.CallStatus),
      ['initiated', 'completed'],
    );
    assert.equal(application.at('/status').at(-1).parameters.CallDuration, '61');
    assert.ok(Number(application.at('/parent')[1].parameters.CallDuration) > 61, 'the browser waited, too');
    const read = await api(calls(`/${body.sid}.json`));
    assert.equal(read.body.status, 'completed');
    assert.equal(read.body.direction, 'outbound-api');
    const children = await api(calls(`.json?ParentCallSid=${body.sid}`));
    assert.deepEqual(
      children.body.calls.map(({ sid, duration }) => [sid, duration]),
      [[state.legs[1].callSid, '61']],
    );
  });

  it('ends by REST, once', async () => {
    application.answers['/twiml'] = dial('+44207555903');
    const { sid } = (await create()).body;
    await watch(sid, 'in-progress');
    const end = () => api(calls(`/${sid}.json`), { form: { Status: 'completed' } });
    assert.equal((await end()).body.status, 'completed');
    await watch(sid, 'over');
    assert.equal(reported().at(-1), 'completed');
    const again = await end();
    assert.equal(again.status, 400);
    assert.equal(again.body.code, 21220);
  });

  it('leaves a live call alone when asked to cancel it', async () => {
    application.answers['/twiml'] = dial('+44207555903');
    const { sid } = (await create()).body;
    await watch(sid, 'in-progress');
    const answer = await api(calls(`/${sid}.json`), { form: { Status: 'canceled' } });
    assert.equal(answer.body.status, 'in-progress');
    await hangUp(sid);
    await watch(sid, 'over');
  });

  it('runs no TwiML for a browser that does not answer', async () => {
    const form = {
      To: 'client:u_00000000000000000000000000555901',
      From: CALLER_ID,
      Url: `${application.url}/twiml`,
    };
    const { body } = await api(calls(), {
      form: { ...form, Timeout: '20', StatusCallback: `${application.url}/parent` },
    });
    const state = await watch(body.sid, 'over');
    assert.equal(state.status, 'no-answer');
    assert.deepEqual(
      application.requests.map(({ path, parameters }) => [path, parameters.CallStatus]),
      [['/parent', 'no-answer']],
    );
  });

  it('is refused with Twilio’s codes', async () => {
    const url = `${application.url}/twiml`;
    const cases = [
      [{ From: CALLER_ID, Url: url }, 400, 21201],
      [{ To: 'client:u_1', Url: url }, 400, 21213],
      [{ To: 'client:u_1', From: '+15550001111', Url: url }, 400, 21210],
      [{ To: '0207', From: CALLER_ID, Url: url }, 400, 21211],
      [{ To: 'client:u_1', From: CALLER_ID, Url: 'relay' }, 400, 21205],
      [{ To: 'client:u_555920', From: CALLER_ID, Url: url }, 400, 21215],
      [{ To: 'client:u_555921', From: CALLER_ID, Url: url }, 500, 20500],
      [{ To: 'client:u_555925', From: CALLER_ID, Url: url }, 429, 20429],
    ];
    const known = (await api(calls())).body.calls.length;
    for (const [form, status, code] of cases) {
      const answer = await api(calls(), { form });
      assert.deepEqual(
        [answer.status, answer.body.code, answer.body.status],
        [status, code, status],
        JSON.stringify(form),
      );
    }
    assert.equal((await api(calls())).body.calls.length, known);
  });

  it('may exist although the reply failed, came late or never came', async () => {
    application.answers['/twiml'] = '<Response><Hangup/></Response>';
    const form = (code) => ({
      To: `client:u_555${code}`,
      From: CALLER_ID,
      Url: `${application.url}/twiml?code=${code}`,
    });
    assert.equal((await api(calls(), { form: form(922) })).status, 500);
    await assert.rejects(api(calls(), { form: form(924) }));
    const late = await api(calls(), { form: form(923) });
    assert.equal(late.status, 201);
    assert.equal(application.at('/twiml').length, 3, 'every call was played, the late one before its reply');
  });

  it('is listed newest first, by page', async () => {
    const first = await api(calls('.json?PageSize=2'));
    assert.equal(first.body.calls.length, 2);
    const second = await api(first.body.next_page_uri);
    assert.equal(second.body.page, 1);
    assert.notEqual(second.body.calls[0].sid, first.body.calls[0].sid);
    const busy = await api(calls('.json?Status=busy'));
    const statuses = new Set(busy.body.calls.map(({ status }) => status));
    assert.deepEqual([...statuses], ['busy']);
  });

  it('needs the account’s credentials, and its own account', async () => {
    for (const password of ['wrong', TOKEN.slice(1) + 'e', TOKEN.slice(2) + '\u00e9\u00e9']) {
      const wrong = await api(calls(), { password });
      assert.deepEqual([wrong.status, wrong.body.code], [401, 20003], password);
    }
    const other = await api(`/2010-04-01/Accounts/AC${'1'.repeat(32)}/Calls.json`);
    assert.deepEqual([other.status, other.body.code], [404, 20404]);
    assert.equal((await api(calls(`/CA${'0'.repeat(32)}.json`))).body.code, 20404);
    assert.equal((await api('/2010-04-01/Accounts')).body.code, 20404);
  });
});

/** Sends what is meant for Twilio to the sandbox. */
class Redirected extends twilio.RequestClient {
  request(options) {
    const uri = options.uri.replace(/^https:\/\/(api|pricing)\.twilio\.com/, carrier.url);
    return super.request({ ...options, uri });
  }
}

describe('Twilio’s own client', () => {
  const client = () => twilio(ACCOUNT, TOKEN, { httpClient: new Redirected() });

  it('creates, reads, lists and ends calls', async () => {
    application.answers['/twiml'] = dial('+44207555903');
    const { calls: twilioCalls } = client();
    const created = await twilioCalls.create({
      to: 'client:u_by_client',
      from: CALLER_ID,
      url: `${application.url}/twiml`,
      statusCallback: `${application.url}/parent`,
      statusCallbackEvent: ['answered', 'completed'],
    });
    assert.equal(created.status, 'queued');
    await watch(created.sid, 'in-progress');
    assert.equal((await twilioCalls(created.sid).fetch()).status, 'in-progress');
    const [child] = await twilioCalls.list({ parentCallSid: created.sid });
    assert.equal(child.direction, 'outbound-dial');
    assert.equal((await twilioCalls(created.sid).update({ status: 'completed' })).status, 'completed');
    await watch(created.sid, 'over');
    const ended = await twilioCalls(child.sid).fetch();
    assert.ok(Number(ended.duration) > 0, `${ended.duration} s`);
    assert.ok(ended.endTime instanceof Date, `${ended.endTime}`);
    const again = twilioCalls(created.sid).update({ status: 'completed' });
    await assert.rejects(again, { status: 400, code: 21220 });
    assert.deepEqual(
      application.at('/parent').map(({ parameters }) => parameters.CallStatus),
      ['in-progress', 'completed'],
    );
  });

  it('pages through them, and meets Twilio’s errors', async () => {
    const { calls: twilioCalls } = client();
    const all = await twilioCalls.list({ pageSize: 3 });
    assert.equal(new Set(all.map(({ sid }) => sid)).size, all.length);
    assert.ok(all.length > 3, `${all.length} calls`);
    await assert.rejects(twilioCalls(`CA${'0'.repeat(32)}`).fetch(), { status: 404, code: 20404 });
    const refused = twilioCalls.create({ to: 'client:u_555920', from: CALLER_ID, url: application.url });
    await assert.rejects(refused, { status: 400, code: 21215 });
    const stranger = twilio(ACCOUNT, 'wrong', { httpClient: new Redirected() });
    await assert.rejects(stranger.calls.list(), { status: 401, code: 20003 });
  });
});

describe('Twilio’s own client, asking for prices', () => {
  const { countries } = twilio(ACCOUNT, TOKEN, { httpClient: new Redirected() }).pricing.v2.voice;

  it('pages through the countries', async () => {
    const all = await countries.list();
    assert.deepEqual(
      all.map(({ isoCountry }) => isoCountry),
      Object.keys(COUNTRIES),
    );
    const first = await countries.page({ pageSize: 2 });
    assert.equal(first.instances.length, 2);
    assert.equal(first.previousPageUrl, undefined);
    assert.deepEqual(
      (await first.nextPage()).instances.map(({ isoCountry }) => isoCountry),
      Object.keys(COUNTRIES).slice(2, 4),
    );
  });

  it('reads a country with its prices by origin', async () => {
    const { country, isoCountry, priceUnit, outboundPrefixPrices } = await countries('FR').fetch();
    assert.deepEqual([country, isoCountry, priceUnit], ['France', 'FR', 'USD']);
    assert.equal(outboundPrefixPrices.length, 4);
    assert.deepEqual(
      { ...outboundPrefixPrices[1] },
      {
        basePrice: '0.0470',
        currentPrice: '0.0470',
        destinationPrefixes: ['33'],
        friendlyName: 'Programmable Outbound Minute - France - ROW',
        originationPrefixes: ['ROW'],
      },
    );
  });

  it('meets the faults of the magic countries', async () => {
    await assert.rejects(countries('QM').fetch(), { status: 429, code: 20429 });
    assert.equal((await countries('QM').fetch()).isoCountry, 'QM');
    await assert.rejects(countries('QO').fetch(), { status: 500, code: 20500 });
    await assert.rejects(countries('QP').fetch(), { status: 404, code: 20404 });
    await assert.rejects(countries('ZZ').fetch(), { status: 404, code: 20404 });
  });
});

describe('the program', () => {
  const start = (environment) =>
    startProgram(process.execPath, ['sandbox/carrier.mjs'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const sandbox = { TWILIO_AUTH_TOKEN: TOKEN, PUBLIC_URL: 'http://127.0.0.1:1' };

  it('says where it listens, and stops when it is told to', async () => {
    const { child, ended } = start(sandbox);
    const [line] = await once(child.stdout, 'data');
    const [, url] = /^sandbox carrier, not Twilio: (http:\/\/127\.0\.0\.1:\d+) /.exec(line);
    assert.equal((await fetch(`${url}/`)).headers.get('x-sandbox'), 'not Twilio');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  it('refuses to run beside real credentials, and says what is missing', async () => {
    const cases = [
      [{ ...sandbox, TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}` }, /TWILIO_ACCOUNT_SID/],
      [{ ...sandbox, TWILIO_API_KEY: `SK${'a'.repeat(32)}`, TWILIO_API_SECRET: 'x' }, /TWILIO_API_KEY/],
      [{ ...sandbox, TWILIO_API_BASE: 'https://api.twilio.com' }, /TWILIO_API_BASE/],
      [{ ...sandbox, TWILIO_PRICING_BASE: 'https://pricing.twilio.com' }, /TWILIO_PRICING_BASE/],
      [{ PUBLIC_URL: sandbox.PUBLIC_URL }, /TWILIO_AUTH_TOKEN/],
      [{ TWILIO_AUTH_TOKEN: TOKEN }, /PUBLIC_URL/],
      [{ ...sandbox, SANDBOX_SPEED: '0' }, /SANDBOX_SPEED/],
    ];
    for (const [environment, words] of cases) {
      assert.throws(() => readSettings(environment), words, JSON.stringify(environment));
    }
    const { child, ended } = start(cases[0][0]);
    const [[text], [status]] = await Promise.all([once(child.stderr, 'data'), ended]);
    assert.match(String(text), /real credentials/);
    assert.equal(status, 1);
  });

  it('has every magic ending in its docs', () => {
    const docs = readFileSync('docs/sandbox.md', 'utf8');
    for (const code of Object.keys(MAGIC)) assert.match(docs, new RegExp(`\\b555${code}\\b`));
    for (const iso of Object.keys(MAGIC_COUNTRIES)) assert.match(docs, new RegExp(`\\b${iso}\\b`));
  });
});
