/**
 * A stream of calls while the database and the carrier fail in one way after the other. The relay lives, what it answered 2xx is in
 * the books once, and all heals by itself. CHAOS_SECONDS: how long each fault lasts; CHAOS_LOCK_SECONDS: the lock of a user's row.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { BrowserCall, JAMAICA } from '../http/lib/calls.mjs';
import { createCluster } from '../http/lib/cluster.mjs';
import { startReceiver } from '../http/lib/receiver.mjs';
import { ACCOUNT } from '../http/lib/relay.mjs';
import { until } from '../http/lib/until.mjs';
import { startWorld } from '../http/lib/world.mjs';
import { Stream, settleRemains } from './stream.mjs';

const FAULT_MS = 1000 * Number(process.env.CHAOS_SECONDS ?? 1);
const LOCK_MS = 1000 * Number(process.env.CHAOS_LOCK_SECONDS ?? 2);
const HEALTH_MS = 200;
const BROWSERS = 4;
const PAGES = 2;
const RICH = '1000000';

let cluster, carrier, world, browsers, pages, stream, watching;
/** What the carrier answers; null: what the sandbox does. */
let mood = null;
const sick = [];

async function askSandbox(request) {
  return forward(request).catch(() => 503); // it has been stopped
}

async function forward({ method, path, headers, parameters }) {
  const response = await fetch(world.carrier.url + path, {
    method,
    headers: { Authorization: headers.authorization },
    body: method === 'POST' ? new URLSearchParams(parameters) : undefined,
  });
  const type = response.headers.get('content-type');
  return {
    status: response.status,
    body: await response.text(),
    headers: type ? { 'Content-Type': type } : {},
  };
}

/** Health is never a matter of anybody else's. */
async function watchHealth(goesOn) {
  while (goesOn()) {
    const began = performance.now();
    const status = await fetch(`http://127.0.0.1:${world.relay.port}/healthz`).then(
      (response) => response.status,
      (error) => String(error.cause ?? error),
    );
    const ms = performance.now() - began;
    if (status !== 200 || ms > 2000) sick.push(`${status} after ${ms} ms`);
    await delay(HEALTH_MS);
  }
}

before(async () => {
  carrier = await startReceiver(ACCOUNT.TWILIO_AUTH_TOKEN, {
    '*': (request) => (mood ?? askSandbox)(request),
  });
  cluster = await createCluster();
  world = await startWorld({
    clusterUrl: cluster.url,
    settings: { TWILIO_API_BASE: carrier.url, WATCHDOG_SECONDS: '1' },
  });
  const addUsers = (count) => Promise.all(Array.from({ length: count }, () => world.database.addUser(RICH)));
  [browsers, pages] = [await addUsers(BROWSERS), await addUsers(PAGES)];
  stream = new Stream(world);
  stream.start({ browsers, pages });
  watching = watchHealth(() => watching !== null);
});
after(async () => {
  watching = null;
  mood = null;
  try {
    await stream?.stop();
    await world?.stop();
  } finally {
    await carrier?.stop();
    await cluster?.stop();
  }
});

/** The same connection all the time, whatever the others are told. */
async function asChief(use) {
  const client = new pg.Client(world.database.url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const lock = (user) =>
  asChief(async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT FROM public.users WHERE id = $1 FOR UPDATE', [user.id]);
    await delay(LOCK_MS);
  });

/** The fault, how it begins and how it ends; or all of it. */
const DATABASE = {
  'is stopped': { begin: () => cluster.stop(), end: () => cluster.start() },
  crashes: { begin: () => cluster.kill(), end: () => cluster.start() },
  'is restarted again and again': {
    begin: async () => {
      for (let i = 0; i < 3; i++) {
        await cluster.stop();
        await cluster.start();
      }
    },
  },
  hangs: { begin: () => cluster.signal('SIGSTOP'), end: () => cluster.signal('SIGCONT') },
  'takes no writes': {
    begin: () => world.database.setReadOnly(true),
    end: () => world.database.setReadOnly(false),
  },
  'is a standby, which is promoted': {
    begin: async () => {
      await cluster.stop();
      await cluster.startStandby();
    },
    end: () => asChief((client) => client.query('SELECT pg_promote()')),
  },
  'has the lock of a user’s row with somebody else': { begin: () => lock(browsers[0]) },
};

const json = (status, body, headers) => ({ status, body: JSON.stringify(body), headers });
const CARRIER = {
  'is slow': async (request) => {
    await delay(FAULT_MS / 2);
    return askSandbox(request);
  },
  'never answers': () => new Promise((resolve) => setTimeout(resolve, 12_000, 500).unref()),
  'has too much to do': () =>
    json(429, { code: 20429, message: 'Too Many Requests' }, { 'Retry-After': '1' }),
  fails: () => 500,
  'talks garbage': () => ({ status: 201, body: '\0\x01{"sid": [[[[' }),
  'hangs up': () => 'hang up',
  'refuses in Latin-1': () => ({
    status: 400,
    body: Buffer.from('{"code":21211,"message":"numéro refusé"}', 'latin1'),
  }),
};

async function calls() {
  const [caller, user] = [await world.database.addUser(), await world.database.addUser()];
  const { text } = await new BrowserCall(world, caller, JAMAICA).begin();
  const placed = await world.api('POST', '/api/call', { user, json: { to: JAMAICA } });
  return text.includes('<Dial') && placed.status === 201;
}

/** By itself, with the relay that was there before. */
const heals = () =>
  until('calls are there again', async () => {
    const ready = (await world.api('GET', '/readyz')).status === 200;
    return ready && (await calls().catch(() => false));
  });

const tell = (t) => t.diagnostic(`so far: ${stream}`);

describe('while calls go on', () => {
  for (const [what, { begin, end }] of Object.entries(DATABASE))
    it(`the database ${what}`, async (t) => {
      await begin();
      try {
        if (end) await delay(FAULT_MS);
      } finally {
        await end?.();
      }
      await heals();
      tell(t);
    });

  for (const [what, answer] of Object.entries(CARRIER))
    it(`the carrier ${what}`, async (t) => {
      mood = answer;
      await delay(FAULT_MS);
      mood = null;
      await heals();
      tell(t);
    });
});

it('what was answered 2xx is in the books once, nothing stays held, and health never failed', async (t) => {
  await stream.stop();
  await settleRemains(world, until);
  await stream.audit();
  assert.deepEqual(sick, []);
  assert.ok(stream.figures.refused > 0 && stream.figures.repeated > 0, `no fault met a call: ${stream}`);
  assert.ok(stream.figures.acknowledged > 0 && stream.figures.placed > 0, `no call went through: ${stream}`);
  tell(t);
});
