/** The part of Twilio's REST API that the relay uses: https://www.twilio.com/docs/voice/api/call-resource */
import { timingSafeEqual } from 'node:crypto';
import { newSid } from './calls.mjs';
import { TwilioError, notFound } from './errors.mjs';
import { planFor } from './magic.mjs';

const API = '/2010-04-01/Accounts';
const LATE_MS = 2000;
const ACCOUNT = `${API}/(?<account>[^/]+)`;
const rfc2822 = (ms) => (ms === null ? null : new Date(ms).toUTCString().replace('GMT', '+0000'));
const same = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

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
    start_time: rfc2822(call.answeredAt),
    end_time: rfc2822(call.endedAt),
    duration: call.duration === null ? null : String(call.duration),
    price: null,
    price_unit: 'USD',
    direction: call.direction,
    answered_by: null,
    api_version: '2010-04-01',
    forwarded_from: null,
    group_sid: null,
    caller_name: null,
    queue_time: '0',
    trunk_sid: null,
    date_created: rfc2822(call.createdAt),
    date_updated: rfc2822(call.updatedAt),
    uri: `${uri}.json`,
    subresource_uris: { recordings: `${uri}/Recordings.json` },
  };
}

export function restRoutes({ settings, registry, life }) {
  const { accountSid } = settings;

  function authorize({ request, url, account }) {
    const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
    const given = scheme === 'Basic' ? Buffer.from(value, 'base64').toString() : '';
    const good = [`${accountSid}:${settings.authToken}`];
    if (settings.apiKey) good.push(`${settings.apiKey}:${settings.apiSecret}`);
    if (!good.some((credentials) => same(credentials, given)))
      throw new TwilioError(401, 20003, 'Authenticate');
    if (account !== accountSid) throw notFound(url.pathname);
  }

  function find({ sid, url }) {
    const call = registry.find(sid);
    if (!call) throw notFound(url.pathname);
    return call;
  }

  const answer = (status, body) => ({ status, body, headers: { 'Twilio-Request-Id': newSid('RQ') } });
  const answerCall = (status, call) => answer(status, resource(call, accountSid));

  function readCreate(form) {
    const address = /^(\+[1-9]\d{6,14}|client:[A-Za-z0-9_]{1,256})$/;
    const [to, from, url] = ['To', 'From', 'Url'].map((name) => form.get(name) ?? '');
    const bad = (code, message) => new TwilioError(400, code, message);
    if (!to) throw bad(21201, "No 'To' number is specified");
    if (!from) throw bad(21213, "'From' phone number is required");
    if (!address.test(to))
      throw bad(21211, `The phone number you are attempting to call, ${to}, is not valid.`);
    if (settings.phoneNumber && !from.startsWith('client:') && from !== settings.phoneNumber)
      throw bad(21210, `The source phone number provided, ${from}, is not yet verified for your account.`);
    if (!URL.canParse(url)) throw bad(21205, `Url is not a valid URL: ${url}`);
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

  function refuse(create, to) {
    if (create === 'forbidden')
      throw new TwilioError(
        400,
        21215,
        `Account not authorized to call ${to}: see its geographic permissions.`,
      );
    if (create === 'failing') throw new TwilioError(500, 20500, 'Internal server error');
    if (create === 'too-many') throw new TwilioError(429, 20429, 'Too many requests');
  }

  async function create({ body, response }) {
    const wanted = readCreate(new URLSearchParams(body));
    const plan = planFor(wanted.to).create;
    refuse(plan, wanted.to);
    const call = life.startByRest(wanted);
    if (plan === 'failing-afterwards') throw new TwilioError(500, 20500, 'Internal server error');
    if (plan === 'cut') return void response.destroy();
    const reply = answerCall(201, call);
    if (plan === 'late') await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    return reply;
  }

  function change(context) {
    const call = find(context);
    const status = new URLSearchParams(context.body).get('Status');
    if (status !== 'completed' && status !== 'canceled')
      throw new TwilioError(
        400,
        20001,
        'The sandbox changes a call by Status=completed or Status=canceled only',
      );
    if (call.over) throw new TwilioError(400, 21220, 'Call is not in-progress. Cannot redirect.');
    if (status === 'completed' || !call.answered) call.hangUp();
    return answerCall(200, call);
  }

  function list({ url }) {
    const query = url.searchParams;
    const filters = { To: 'to', From: 'from', ParentCallSid: 'parent_call_sid', Status: 'status' };
    const fits = (call) =>
      Object.entries(filters).every(([name, field]) => !query.has(name) || query.get(name) === call[field]);
    const size = Math.min(Math.max(Number(query.get('PageSize')) || 50, 1), 1000);
    const page = Math.max(Number(query.get('Page')) || 0, 0);
    const found = registry
      .list()
      .map((call) => resource(call, accountSid))
      .filter(fits);
    const uri = (number) => {
      query.set('PageSize', size);
      query.set('Page', number);
      return `${url.pathname}?${query}`;
    };
    return answer(200, {
      calls: found.slice(page * size, (page + 1) * size),
      page,
      page_size: size,
      uri: uri(page),
      first_page_uri: uri(0),
      next_page_uri: (page + 1) * size < found.length ? uri(page + 1) : null,
      previous_page_uri: page > 0 ? uri(page - 1) : null,
    });
  }

  const route = (method, path, handler) => ({
    method,
    pattern: new RegExp(`^${ACCOUNT}${path}$`),
    handler: (context) => {
      authorize(context);
      return handler(context);
    },
  });
  const oneCall = '/Calls/(?<sid>CA[0-9a-f]{32})\\.json';
  return [
    route('POST', '/Calls\\.json', create),
    route('GET', '/Calls\\.json', list),
    route('POST', oneCall, change),
    route('GET', oneCall, (context) => answerCall(200, find(context))),
  ];
}
