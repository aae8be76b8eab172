/** What a browser would do, for those who have none at hand: place a call, watch it, hang up. */
import { once } from 'node:events';
import { TwilioError } from './errors.mjs';

const WATCH_MS_MAX = 60000;

function state(call) {
  const { legs, said, whispered, digits, errors, webhooks, over } = call.story;
  return {
    success: true,
    callSid: call.sid,
    status: call.status,
    over,
    legs: legs.map(({ sid, from, to, status, duration }) => ({
      callSid: sid,
      from,
      to,
      status,
      durationSeconds: duration,
    })),
    said,
    whispered,
    digits: digits.join(''),
    errors,
    webhooks,
  };
}

/** What can be waited for, told by the newest leg: the one that was dialled last. */
const REACHED = {
  ringing: ({ legs }) => legs.length > 1 && legs.at(-1).status === 'ringing',
  'in-progress': ({ legs }) => legs.length > 1 && legs.at(-1).status === 'in-progress',
  over: () => false,
};

async function reach(story, goal) {
  const signal = AbortSignal.timeout(WATCH_MS_MAX);
  try {
    while (!story.over && !REACHED[goal](story)) await once(story, 'change', { signal });
  } catch {
    // The state is told as it is.
  }
}

function readJson({ request, body }) {
  // A page of another origin cannot send this type unasked.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new TwilioError(415, 20415, 'Send JSON, with Content-Type: application/json');
  try {
    return Object(JSON.parse(body));
  } catch {
    throw new TwilioError(400, 20001, 'The body is not JSON');
  }
}

export function browserRoutes({ registry, life }) {
  function place(context) {
    const { identity, to = '', parameters = {} } = readJson(context);
    const texts = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, String(value)]),
    );
    if (typeof identity !== 'string' || !/^[A-Za-z0-9_]{1,256}$/.test(identity))
      throw new TwilioError(
        400,
        31105,
        'identity must be letters, digits and _: u_ and the 32 digits of the user',
      );
    const call = life.startFromBrowser({ identity, to: String(to), parameters: texts });
    return { status: 201, body: state(call), headers: { Location: `/sandbox/calls/${call.sid}` } };
  }

  async function watch(context) {
    const call = registry.find(context.sid, context.url.pathname);
    const goal = context.url.searchParams.get('until');
    if (goal !== null && !(goal in REACHED))
      throw new TwilioError(400, 20001, `until must be one of ${Object.keys(REACHED).join(', ')}`);
    if (goal !== null) await reach(call.story, goal);
    return { status: 200, body: state(call) };
  }

  function hangUp(context) {
    const call = registry.find(context.sid, context.url.pathname);
    call.hangUp();
    return { status: 200, body: state(call) };
  }

  const one = '^/sandbox/calls/(?<sid>CA[0-9a-f]{32})';
  return [
    { method: 'POST', pattern: /^\/sandbox\/calls$/, handler: place },
    { method: 'GET', pattern: new RegExp(`${one}$`), handler: watch },
    { method: 'POST', pattern: new RegExp(`${one}/hangup$`), handler: hangUp },
  ];
}
