/** The part of Twilio's REST API that the relay uses: https://www.twilio.com/docs/voice/api/call-resource */
import { setTimeout as delay } from 'node:timers/promises';
import { newSid } from './calls.mjs';
import { priceOf } from './charges.mjs';
import { rfc2822 } from './clock.mjs';
import { checkCredentials } from './credentials.mjs';
import { TwilioError, notFound } from './errors.mjs';
import { planFor } from './magic.mjs';
import { answerPage } from './page.mjs';

const API = '/2010-04-01/Accounts';
const LATE_MS = 2000;
const FILTERS = { To: 'to', From: 'from', ParentCallSid: 'parent_call_sid', Status: 'status' };
const ACCOUNT = `${API}/(?<account>[^/]+)`;
const date = (ms) => (ms === null ? null : rfc2822(ms));
/** By the day, in UTC, on which a call began: of that day, before it, after it (both including it). */
const DAYS = {
  StartTime: (day, wanted) => day === wanted,
  'StartTime<': (day, wanted) => day <= wanted,
  'StartTime>': (day, wanted) => day >= wanted,
};

function resource(call, accountSid) {
  const uri = `${API}/${accountSid}/Calls/${call.sid}`;
  return {
    sid: call.sid,
    parent_call_sid: call.parent?.sid ?? null,
    account_sid: accountSid,
    to: call.to,
    to_formatted: call.to,
    from: call.from,
    from_formatted: call.from,
    phone_number_sid: null,
    // The API has no "initiated": a call that was handed to the network is still queued there.
    status: call.status === 'initiated' ? 'queued' : call.status,
    start_time: date(call.startedAt),
    end_time: date(call.endedAt),
    duration: call.duration === null ? null : String(call.duration),
    price: priceOf(call),
    price_unit: 'USD',
    direction: call.direction,
    answered_by: null,
    api_version: '2010-04-01',
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: '0',
    trunk_sid: null,
    date_created: date(call.createdAt),
    date_updated: date(call.updatedAt),
    uri: `${uri}.json`,
    subresource_uris: { recordings: `${uri}/Recordings.json` },
  };
}

/** Throws what Twilio says of a request that cannot be. */
function checkCreate({ to, from, url }, ownNumber) {
  const bad = (code, message) => new TwilioError(400, code, message);
  if (!to) throw bad(21201, "No 'To' number is specified");
  if (!from) throw bad(21213, "'From' phone number is required");
  if (!/^(\+[1-9]\d{6,14}|client:[A-Za-z0-9_]{1,256})$/.test(to))
    throw bad(21211, `The phone number you are attempting to call, ${to}, is not valid.`);
  if (ownNumber && !from.startsWith('client:') && from !== ownNumber)
    throw bad(21210, `The source phone number provided, ${from}, is not yet verified for your account.`);
  if (!URL.canParse(url)) throw bad(21205, `Url is not a valid URL: ${url}`);
}

function readCreate(form, ownNumber) {
  const [to, from, url] = ['To', 'From', 'Url'].map((name) => form.get(name) ?? '');
  checkCreate({ to, from, url }, ownNumber);
  const events = form.getAll('StatusCallbackEvent');
  return {
    to,
    from,
    url,
    callback: { url: form.get('StatusCallback'), events: events.length ? events : ['completed'] },
    timeout: Number(form.get('Timeout') ?? 60),
    timeLimit: Number(form.get('TimeLimit') ?? 14400),
  };
}

/** Refuses where a magic ending says so. */
export function refuse(create, to) {
  if (create === 'forbidden')
    throw new TwilioError(
      400,
      21215,
      `Account not authorized to call ${to}: see its geographic permissions.`,
    );
  if (create === 'failing') throw new TwilioError(500, 20500, 'Internal server error');
  if (create === 'too-many') throw new TwilioError(429, 20429, 'Too many requests');
}

export class RestApi {
  constructor({ settings, registry, life }) {
    Object.assign(this, { settings, registry, life });
  }

  get routes() {
    const call = '/Calls/(?<sid>CA[0-9a-f]{32})\\.json';
    return [
      this.#route('POST', '/Calls\\.json', (context) => this.#create(context)),
      this.#route('GET', '/Calls\\.json', (context) => this.#list(context)),
      this.#route('POST', call, (context) => this.#change(context)),
      this.#route('GET', call, (context) => this.#answerCall(200, this.#find(context))),
    ];
  }

  #route(method, path, handle) {
    const handler = (context) => {
      this.#authorize(context);
      return handle(context);
    };
    return { method, pattern: new RegExp(`^${ACCOUNT}${path}$`), handler };
  }

  #authorize({ request, url, account }) {
    checkCredentials(request, this.settings);
    if (account !== this.settings.accountSid) throw notFound(url.pathname);
  }

  #find({ sid, url }) {
    return this.registry.find(sid, url.pathname);
  }

  #answer(status, body) {
    return { status, body, headers: { 'Twilio-Request-Id': newSid('RQ') } };
  }

  #answerCall(status, call) {
    return this.#answer(status, resource(call, this.settings.accountSid));
  }

  async #create({ body, response }) {
    const wanted = readCreate(new URLSearchParams(body), this.settings.phoneNumber);
    const plan = planFor(wanted.to).create;
    refuse(plan, wanted.to);
    const call = this.life.startByRest(wanted);
    const reply = this.#answerCall(201, call);
    if (plan === 'failing-afterwards') throw new TwilioError(500, 20500, 'Internal server error');
    if (plan === 'cut') return void response.destroy();
    if (plan === 'late') await delay(LATE_MS);
    return reply;
  }

  #change(context) {
    const call = this.#find(context);
    const form = new URLSearchParams(context.body);
    const status = form.get('Status');
    if (form.has('Twiml') && !call.over) {
      call.divert(form.get('Twiml'));
      return this.#answerCall(200, call);
    }
    if (status !== 'completed' && status !== 'canceled')
      throw new TwilioError(
        400,
        20001,
        'The sandbox changes a call by Status=completed or Status=canceled only',
      );
    if (call.over) throw new TwilioError(400, 21220, 'Call is not in-progress. Cannot redirect.');
    if (status === 'completed' || !call.answered) call.hangUp();
    return this.#answerCall(200, call);
  }

  #list({ url }) {
    const query = url.searchParams;
    const fits = (call) =>
      Object.entries(FILTERS).every(([name, field]) => !query.has(name) || query.get(name) === call[field]);
    const isOfDay = (call) =>
      Object.entries(DAYS).every(
        ([name, is]) =>
          !query.has(name) ||
          (call.start_time !== null &&
            is(new Date(call.start_time).toISOString().slice(0, 10), query.get(name).slice(0, 10))),
      );
    const all = this.registry.list().map((call) => resource(call, this.settings.accountSid));
    return this.#answer(
      200,
      answerPage(
        'calls',
        all.filter((call) => fits(call) && isOfDay(call)),
        url,
      ),
    );
  }
}
