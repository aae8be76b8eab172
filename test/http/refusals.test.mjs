/** Each reason for a no, as HTTP and aloud; and what the database's own failures become. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { createCluster } from './lib/cluster.mjs';
import { ACCOUNT, JWT_SECRET, PROGRAM } from './lib/relay.mjs';
import { startProgram } from './lib/processes.mjs';
import { until } from './lib/until.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const LONDON = '+442079460958';
const NO_RATE = '+8613800138000';

let cluster, world;

before(async () => {
  cluster = await createCluster();
  world = await startWorld({ clusterUrl: cluster.url, settings: { WATCHDOG_SECONDS: '0' } });
});
after(async () => {
  try {
    await world?.stop();
  } finally {
    await cluster?.stop();
  }
});

const sql = (text, parameters) => world.database.query(text, parameters);
const start = (user, to, options) => world.api('POST', '/api/call', { user, json: { to }, ...options });
const limit = (user, name, value) =>
  sql(`INSERT INTO worldtune.user_limits (user_id, ${name}) VALUES ($1, $2)`, [user.id, value]);

async function dial(user, to) {
  const call = new BrowserCall(world, user, to);
  const answer = await call.begin();
  return { call, ...answer };
}

describe('a call that is refused', () => {
  afterEach(() => world.database.assertIntegrity());

  for (const [reason, status, words, arrange] of [
    ['insufficient_credit', 402, /enough credit/, async () => ({ credit: '0.1' })],
    ['no_rate', 422, /do not offer calls/, async () => ({ to: NO_RATE })],
    [
      'destination_blocked',
      403,
      /destination are not allowed/,
      async () => {
        await sql(
          `INSERT INTO worldtune.destination_blocks VALUES ('1876', 'a test') ON CONFLICT DO NOTHING`,
        );
        return { undo: () => sql(`DELETE FROM worldtune.destination_blocks WHERE prefix = '1876'`) };
      },
    ],
    [
      'too_many_calls',
      429,
      /too many calls/,
      async () => ({ name: 'max_concurrent_calls', value: 1, first: JAMAICA, credit: '100000' }),
    ],
    [
      'too_many_destinations',
      429,
      /expensive destinations/,
      async () => ({
        prepare: (user) =>
          sql(
            `INSERT INTO worldtune.user_limits (user_id, high_cost_rate, max_high_cost_prefixes_per_hour)
               VALUES ($1, 0.1, 0)`,
            [user.id],
          ),
      }),
    ],
    [
      'suspended',
      403,
      /account is suspended/,
      async () => ({ prepare: (user) => sql(`SELECT worldtune.suspend_user($1, 'a test')`, [user.id]) }),
    ],
    ['spend_limit', 429, /spending limit/, async () => ({ name: 'max_spend_per_day', value: 0.1 })],
  ])
    it(`(${reason}) is told why, on the page and aloud, and holds nothing`, async () => {
      const { credit = '20', to = JAMAICA, name, value, first, prepare, undo } = await arrange();
      const user = await world.database.addUser(credit);
      try {
        if (name) await limit(user, name, value);
        await prepare?.(user);
        if (first) assert.match((await dial(user, first)).text, /<Dial/);
        const before = (await world.database.books(user.id)).held;
        const answer = await start(user, to);
        assert.deepEqual([answer.status, answer.body.code, answer.body.success], [status, reason, false]);
        assert.equal(Number(answer.headers.get('retry-after')) > 0, status === 429);
        const { text } = await dial(user, to);
        assert.match(text, words);
        assert.match(text, /<Say>[^<]+<\/Say><Hangup\/>/);
        assert.equal((await world.database.books(user.id)).held, before);
        const check = await world.api('GET', `/api/credits/check?number=${encodeURIComponent(to)}`, { user });
        assert.deepEqual([check.body.allowed, check.body.reason], [false, reason]);
        assert.equal(check.body.message, answer.body.error);
        // Credit is one thing, permission another.
        assert.equal(check.body.hasEnoughCredits, !['insufficient_credit', 'no_rate'].includes(reason));
      } finally {
        await undo?.();
      }
    });

  it('and only counted, as one of many, has its callbacks answered like any other', async () => {
    const user = await world.database.addUser('0');
    await sql(
      `SELECT count((worldtune.authorize_call($1, '+44207946' || 1000 + i, 'CA' || $2 || i)).reason) FROM generate_series(1, 60) i`,
      [user.id, user.id.slice(0, 8)],
    );
    const { call, text } = await dial(user, JAMAICA);
    assert.match(text, /<Hangup/);
    assert.deepEqual(await sql(`SELECT id FROM call_logs WHERE call_sid = $1`, [call.sid]), []);
    const over = {
      ...call.voice,
      CallStatus: 'completed',
      CallDuration: '4',
      CallbackSource: 'call-progress-events',
    };
    for (const again of [1, 2])
      assert.equal((await world.webhook('/api/twilio/status-callback', over)).status, 204, `time ${again}`);
  });

  it('for its number is told how to write it', async () => {
    const user = await world.database.addUser('20');
    for (const answer of [
      await start(user, '0207 946'),
      await world.api('GET', '/api/rates/lookup?number=0207946'),
      await world.api('GET', '/api/credits/check?number=0207946', { user }),
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [422, 'invalid_number']);
      assert.match(answer.body.error, /Write it with its country code, like \+44/);
    }
  });
});

describe('a voice request for a call that is over', () => {
  afterEach(() => world.database.assertIntegrity());

  it('dials nobody anew', async () => {
    const user = await world.database.addUser('20');
    const { call } = await dial(user, JAMAICA);
    for (const [path, parameters] of call.following(61)) await world.webhook(path, parameters);
    const before = await world.database.books(user.id);
    const again = await call.begin();
    assert.equal(again.status, 200);
    assert.match(again.text, /call is over.*<Hangup\/>/s);
    assert.doesNotMatch(again.text, /<Dial/);
    assert.deepEqual(await world.database.books(user.id), before);
  });

  it('dials nobody anew when the relay had placed it', async () => {
    const user = await world.database.addUser('20');
    const { body } = await start(user, '+44207555900');
    await world.watch(body.callSid, 'over');
    const path = `/api/twilio/twiml?user=${user.id}&call=${body.callId}&to=%2B44207555900`;
    const call = new BrowserCall(world, user, '+44207555900');
    const answer = await world.webhook(path, { ...call.voice, CallSid: body.callSid });
    assert.match(answer.text, /call is over.*<Hangup\/>/s);
    assert.doesNotMatch(answer.text, /<Dial/);
  });
});

describe('a failure of the database', () => {
  const failing = async (sqlstate, use) => {
    await sql(`
      CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'as the test wants' USING ERRCODE = '${sqlstate}'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.fail()`);
    try {
      await use();
    } finally {
      await sql('DROP FUNCTION public.fail() CASCADE');
    }
  };
  for (const [sqlstate, status, code] of [
    ['40001', 503, 'database_unavailable'],
    ['40P01', 503, 'database_unavailable'],
    ['53400', 503, 'database_unavailable'],
    ['PT503', 503, 'database_not_ready'],
    ['55000', 409, 'call_is_over'],
    ['XX001', 500, 'internal_error'],
  ])
    it(`(${sqlstate}) is a ${status}, and aloud an apology`, async () => {
      const user = await world.database.addUser('20');
      await failing(sqlstate, async () => {
        const answer = await start(user, JAMAICA);
        assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text);
        assert.equal(answer.headers.has('retry-after'), status === 503);
        const { status: spoken, text } = await dial(user, JAMAICA);
        assert.equal(spoken, 200);
        assert.match(text, sqlstate === '55000' ? /call is over/ : /not available at this moment/);
        assert.match(text, /<Hangup\/>/);
      });
      assert.equal((await world.database.books(user.id)).held, '0.000000');
    });

  it('(no connection is free) is a 503 within seconds', async () => {
    await sql(`
      CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep(6); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON public.call_logs FOR EACH ROW EXECUTE FUNCTION public.slow()`);
    try {
      const user = await world.database.addUser('20');
      await world.withRelay({ DATABASE_CONNECTIONS: '1' }, async ({ url }) => {
        const slow = start(user, JAMAICA, { url });
        const sleeping = () => sql(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
        await until('the connection is busy', async () => (await sleeping()).length > 0);
        const began = performance.now();
        const answer = await world.api('GET', '/api/account', { url, user });
        assert.deepEqual([answer.status, answer.body.code], [503, 'database_unavailable']);
        assert.ok(performance.now() - began < 4500);
        await slow;
      });
    } finally {
      await sql('DROP FUNCTION public.slow() CASCADE');
    }
  });
});

describe('a relay', () => {
  /** In a namespace of its own, where whoever runs the tests is root. */
  async function runAsRoot(settings) {
    const env = {
      ...process.env,
      ...ACCOUNT,
      ...settings,
      LISTEN: '127.0.0.1:0',
      ASAN_OPTIONS: 'detect_leaks=0',
    };
    const { child, ended } = startProgram('unshare', ['--user', '--map-root-user', PROGRAM], { env });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (stderr.includes('"ready"')) child.kill('SIGKILL');
    });
    const [status] = await ended;
    return { status, stderr };
  }

  it('is not ready for a database of another version', async () => {
    await sql(`ALTER FUNCTION worldtune.schema_version() RENAME TO true_schema_version`);
    await sql(`CREATE FUNCTION worldtune.schema_version() RETURNS text LANGUAGE sql AS $$ SELECT '9.9.9' $$`);
    try {
      const answer = await world.api('GET', '/readyz');
      assert.deepEqual([answer.status, answer.body.code], [503, 'schema_mismatch']);
      assert.match(answer.body.error, /9\.9\.9/);
    } finally {
      await sql('DROP FUNCTION worldtune.schema_version()');
      await sql('ALTER FUNCTION worldtune.true_schema_version() RENAME TO schema_version');
    }
    assert.equal((await world.api('GET', '/readyz')).status, 200);
  });

  it('lets no page of another origin in when none is named', async () => {
    for (const method of ['OPTIONS', 'GET']) {
      const { headers } = await world.api(method, '/api/account', {
        headers: { Origin: 'https://evil.example.org' },
      });
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });

  it('never runs as root', async () => {
    const settings = {
      DATABASE_URL: world.database.relayUrl,
      PUBLIC_URL: world.url,
      SUPABASE_JWT_SECRET: JWT_SECRET,
    };
    const { status, stderr } = await runAsRoot(settings);
    assert.notEqual(status, 0);
    assert.match(stderr, /does not run as root/);
  });

  it('says that its answers are what they say they are', async () => {
    for (const path of ['/', '/healthz', '/api/nothing'])
      assert.equal((await world.api('GET', path)).headers.get('x-content-type-options'), 'nosniff');
  });

  it('takes bodies up to 64 KiB, and no byte more', async () => {
    const user = await world.database.addUser('20');
    const body = (bytes) => `{"to":"1"${' '.repeat(bytes - 10)}}`;
    const post = (bytes) =>
      world.api('POST', '/api/call', {
        user,
        body: body(bytes),
        headers: { 'Content-Type': 'application/json' },
      });
    /** The same in chunks, without a length. */
    const stream = async (bytes) => {
      const response = await fetch(`${world.url}/api/call`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${userToken(user.id)}`, 'Content-Type': 'application/json' },
        body: new Blob([body(bytes)]).stream(),
        duplex: 'half',
      });
      return response.status;
    };
    assert.equal((await post(65536)).status, 422);
    assert.equal((await post(65537)).status, 413);
    assert.deepEqual([await stream(65536), await stream(65537)], [422, 413]);
  });

  it('takes an Idempotency-Key of 255 characters', async () => {
    const user = await world.database.addUser('20');
    const headers = { 'Idempotency-Key': 'k'.repeat(255) };
    const { status, body } = await start(user, LONDON, { headers });
    assert.equal(status, 201);
    assert.equal((await start(user, LONDON, { headers })).body.callSid, body.callSid);
    await world.watch(body.callSid, 'over');
  });
});
