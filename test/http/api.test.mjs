/** What signed-in users, pages of other origins, monitors and the operator meet. */
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import twilio from 'twilio';
import { ACCOUNT, JWT_SECRET, runRelay } from './lib/relay.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const ORIGIN = 'https://app.example.org';
const PRIVATE = [
  ['POST', '/api/twilio/token', {}],
  ['POST', '/api/twilio/voice', { to: '+18765551234' }],
  ['POST', '/api/call', { phoneNumber: '+18765551234' }],
  ['POST', '/api/twilio/hangup', { callSid: `CA${'0'.repeat(32)}` }],
  ['GET', '/api/credits/check?number=%2B18765551234'],
  ['GET', '/api/calls/history'],
];

let world, user;

before(async () => {
  world = await startWorld({ settings: { ALLOWED_ORIGINS: `${ORIGIN}, https://other.example.org` } });
  user = await world.database.addUser('10');
});
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

const get = (path, options) => world.api('GET', path, options);
const post = (path, options) => world.api('POST', path, options);

function assertError(answer, status, code, what = '') {
  assert.deepEqual(
    [answer.status, answer.body?.success, answer.body?.code],
    [status, false, code],
    `${what} ${answer.text}`,
  );
  assert.equal(typeof answer.body.error, 'string');
}

/** What a relay logs that cannot connect to its database. */
async function logWithWrongPassword() {
  const url = new URL(world.database.relayUrl);
  url.password = 'password-of-a-typo';
  return world.withRelay({ DATABASE_URL: url.href }, async ({ url, relay }) => {
    assert.equal((await fetch(`${url}/readyz`)).status, 503);
    return relay.log;
  });
}

/** What the relay answers to these bytes, until it or we close or reset the connection. */
async function sendRaw(bytes) {
  const socket = connect(world.relay.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => (answer += data));
  socket.on('error', () => {}); // a reset ends it as well
  socket.end(bytes);
  await new Promise((resolve) => socket.on('close', resolve));
  return answer;
}

describe('a user’s token', () => {
  const now = Math.floor(Date.now() / 1000);
  const unsigned = (header, claims, signature = '') =>
    [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') +
    `.${signature}`;
  const claims = () => ({ sub: user.id, aud: 'authenticated', role: 'authenticated', exp: now + 60 });
  const signedBy = (header, secret) => {
    const [text] = unsigned(header, claims()).split(/\.$/);
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };

  it('opens what is private, and nothing else does', async () => {
    const tokens = {
      none: undefined,
      'no token': 'x',
      // base64url that asserts in the library that decodes it: https://github.com/OpenIDC/cjose
      'padding alone': 'A=',
      'padding in the header': 'AAAAA===.e30.AA',
      'padding in the claims': 'e30.A=.AA',
      'padding in the signature': 'e30.e30.A=',
      'a signature of an impossible length': 'e30.e30.AAAAA',
      'another secret': userToken(user.id, {}, 'another-secret-with-32-characters-at-least'),
      expired: userToken(user.id, { exp: now - 3600 }),
      'not yet valid': userToken(user.id, { nbf: now + 3600 }),
      'without an expiry': userToken(user.id, { exp: undefined }),
      'another audience': userToken(user.id, { aud: 'anon' }),
      'another role': userToken(user.id, { role: 'service_role' }),
      'no user': userToken('not-a-uuid'),
      'another algorithm': userToken(user.id, {}, JWT_SECRET, { algorithm: 'HS512' }),
      'the algorithm none': unsigned({ alg: 'none', typ: 'JWT' }, claims()),
      'a critical header': signedBy({ alg: 'HS256', typ: 'JWT', crit: ['b64'], b64: true }, JWT_SECRET),
      'a changed user': userToken(user.id).replace(/\.[^.]+\./, () => {
        const changed = { ...claims(), sub: randomUUID() };
        return `.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.`;
      }),
    };
    for (const [what, token] of Object.entries(tokens))
      for (const [method, path, json] of PRIVATE) {
        const answer = await world.api(method, path, { token, json });
        assertError(answer, 401, 'unauthorized', `${what} at ${path}`);
        assert.match(answer.headers.get('www-authenticate') ?? '', /Bearer/, `${what} at ${path}`);
      }
    assert.equal(
      (await get('/api/calls/history', { token: signedBy({ alg: 'HS256', typ: 'JWT' }, JWT_SECRET) })).status,
      200,
    );
    assert.equal((await get('/api/calls/history', { headers: { Authorization: 'Basic eDp5' } })).status, 401);
    // Where a token is optional a bad one ends nothing either.
    for (const token of Object.values(tokens))
      assert.notEqual(
        (await get('/api/rates/lookup?number=%2B18765551234', { token })).status >= 500,
        true,
        token,
      );
    assert.equal((await get('/healthz')).status, 200, 'the relay still lives');
    assert.equal((await world.database.books(user.id)).calls.length, 0);
  });

  it('of somebody without an account places no call', async () => {
    const token = userToken(randomUUID());
    assertError(
      await post('/api/call', { token, json: { phoneNumber: '+18765551234' } }),
      403,
      'unknown_user',
    );
    assert.deepEqual((await get('/api/calls/history', { token })).body.calls, []);
  });
});

describe('the Twilio access token', () => {
  it('is one that Twilio’s package would make, for this user alone', async () => {
    const { status, body } = await post('/api/twilio/token', { user });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ['expiresAt', 'identity', 'success', 'token', 'ttl']);
    const { header, payload } = jwt.verify(body.token, ACCOUNT.TWILIO_API_SECRET, { complete: true });
    assert.deepEqual(header, { alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' });
    assert.equal(payload.iss, ACCOUNT.TWILIO_API_KEY);
    assert.equal(payload.sub, ACCOUNT.TWILIO_ACCOUNT_SID);
    assert.equal(payload.exp - payload.iat, body.ttl);
    assert.equal(Date.parse(body.expiresAt), payload.exp * 1000);
    assert.ok(payload.nbf === undefined || payload.nbf <= Date.now() / 1000, `valid from ${payload.nbf}`);
    assert.ok(payload.jti.startsWith(ACCOUNT.TWILIO_API_KEY), payload.jti);
    assert.equal(body.identity, user.identity);
    const { AccessToken } = twilio.jwt;
    const made = new AccessToken(
      ACCOUNT.TWILIO_ACCOUNT_SID,
      ACCOUNT.TWILIO_API_KEY,
      ACCOUNT.TWILIO_API_SECRET,
      {
        identity: user.identity,
      },
    );
    const outgoingApplicationSid = ACCOUNT.TWILIO_TWIML_APP_SID;
    made.addGrant(new AccessToken.VoiceGrant({ outgoingApplicationSid, incomingAllow: true }));
    assert.deepEqual(payload.grants, jwt.decode(made.toJwt()).grants);
  });

  it('is given five times a minute, and to each user', async () => {
    const eager = await world.database.addUser();
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await post('/api/twilio/token', { user: eager }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200, 429],
    );
    assertError(answers[5], 429, 'too_many_requests');
    assert.ok(Number(answers[5].headers.get('retry-after')) > 0, 'it says when to come back');
    const other = await world.database.addUser();
    assert.equal((await post('/api/twilio/token', { user: other })).status, 200);
  });
});

describe('a relay without an API key', () => {
  it('says that it gives no access tokens', async () => {
    await world.withRelay({ TWILIO_API_KEY: '', TWILIO_API_SECRET: '' }, async ({ url }) => {
      assertError(await post('/api/twilio/token', { url, user }), 503, 'not_configured');
    });
  });
});

describe('a check of the credit', () => {
  const check = (number, minutes, who = user) =>
    get(`/api/credits/check?number=${encodeURIComponent(number)}${minutes ? `&minutes=${minutes}` : ''}`, {
      user: who,
    });

  it('says what a call would cost and how long the credit lasts', async () => {
    const { status, body } = await check('+1 876 555 1234', 3);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      success: true,
      allowed: true,
      reason: null,
      message: null,
      hasEnoughCredits: true,
      currentBalance: '10.000000',
      available: '10.000000',
      ratePerMinute: '0.410000',
      connectionFee: '0.000000',
      minimumSeconds: 60,
      incrementSeconds: 60,
      requiredCredits: '1.230000',
      estimatedMinutes: 24,
      maxSeconds: 1440,
      isLowBalance: false,
      country: 'Jamaica',
    });
  });

  it('says no, and why', async () => {
    const poor = await world.database.addUser('0.4');
    const { body } = await check('+18765551234', 1, poor);
    assert.deepEqual(
      [body.success, body.allowed, body.hasEnoughCredits, body.reason, body.isLowBalance],
      [true, false, false, 'insufficient_credit', true],
    );
    assert.equal((await check('+8613800138000')).body.reason, 'no_rate');
  });

  it('refuses what cannot be checked', async () => {
    assertError(await get('/api/credits/check', { user }), 400, 'missing_parameter');
    assertError(await check('12'), 422, 'invalid_number');
    for (const minutes of ['0', '-1', 'ten', '1441', '1.5'])
      assertError(await check('+18765551234', minutes), 400, 'invalid_value');
  });
});

describe('the rates', () => {
  const lookup = (query, options) => get(`/api/rates/lookup?${new URLSearchParams(query)}`, options);

  for (const [number, country] of [
    ['+1 876 555 1234', 'Jamaica'],
    ['+1 242 365 0000', 'Bahamas'],
    ['+242 06 500 0000', 'Congo'],
    ['+90 392 228 0000', 'Turkish Republic of Northern Cyprus'],
    ['+1 829 555 0000', 'Dominican Republic'],
    ['0018095550000', 'Dominican Republic'],
    ['18495550000', 'Dominican Republic'],
    ['+1 (212) 555-0000', 'United States/Canada'],
  ])
    it(`of ${number} are ${country}’s`, async () => {
      const { status, body } = await lookup({ number });
      assert.equal(status, 200);
      assert.equal(body.found, true);
      assert.match(body.country, new RegExp(country === 'Congo' ? '^Congo' : `^${country}$`));
    });

  it('are told in full, and are cached', async () => {
    const answer = await lookup({ number: '+18765551234' });
    assert.deepEqual(answer.body, {
      success: true,
      found: true,
      country: 'Jamaica',
      isoCountry: 'JM',
      countryCode: '+1876',
      prefix: '1876',
      rate: '0.410000',
      rateMin: '0.305000',
      rateMax: '0.410000',
      connectionFee: '0.000000',
      minimumSeconds: 60,
      incrementSeconds: 60,
      formattedRate: '$0.41/min',
    });
    const etag = answer.headers.get('etag');
    assert.match(answer.headers.get('cache-control'), /public/);
    const again = await lookup({ number: '+18765551234' }, { headers: { 'If-None-Match': etag } });
    assert.deepEqual([again.status, again.text], [304, '']);
    const other = await lookup({ number: '+12125550000' }, { headers: { 'If-None-Match': etag } });
    assert.equal(other.status, 200);
  });

  it('say to a signed-in user how far the credit reaches, privately', async () => {
    const answer = await lookup({ number: '+18765551234' }, { user });
    assert.deepEqual([answer.body.creditBalance, answer.body.estimatedMinutes], ['10.000000', 24]);
    assert.match(answer.headers.get('cache-control'), /no-store|private/);
    assertError(await lookup({ number: '+18765551234' }, { token: 'x' }), 401, 'unauthorized');
  });

  it('are found by country, and not found where there are none', async () => {
    assert.equal((await lookup({ country: 'GB' })).body.country, 'United Kingdom');
    assert.equal((await lookup({ country: 'gb' })).body.isoCountry, 'GB');
    assert.deepEqual((await lookup({ country: 'XX' })).body, { success: true, found: false });
    assert.deepEqual((await lookup({ number: '+8613800138000' })).body, { success: true, found: false });
    assertError(await lookup({}), 400, 'missing_parameter');
    assertError(await lookup({ number: 'call me' }), 422, 'invalid_number');
  });

  it('are listed by country', async () => {
    const all = await get('/api/rates/countries');
    assert.equal(all.body.count, all.body.countries.length);
    assert.ok(all.body.count > 200, `${all.body.count} countries`);
    const { body } = await get('/api/rates/countries?search=dominican');
    assert.deepEqual(body.countries[0].callingCodes, ['+1809', '+1829', '+1849']);
    assert.deepEqual(Object.keys(body.countries[0]).sort(), [
      'callingCodes',
      'continent',
      'country',
      'formattedRate',
      'isoCountry',
      'rateMax',
      'rateMin',
    ]);
    const europe = await get('/api/rates/countries?continent=Europe');
    for (const { continent, country } of europe.body.countries) assert.equal(continent, 'Europe', country);
    const headers = { 'If-None-Match': all.headers.get('etag') };
    assert.equal((await get('/api/rates/countries', { headers })).status, 304);
    assert.deepEqual((await get("/api/rates/countries?search=%25'--")).body.countries, []);
  });
});

describe('requests that are wrong', () => {
  it('are told so, in JSON', async () => {
    const raw = (body, type) => post('/api/call', { user, body, headers: { 'Content-Type': type } });
    assertError(await get('/api/nothing'), 404, 'not_found');
    assertError(await world.api('DELETE', '/api/call', { user }), 405, 'method_not_allowed');
    assertError(await get('/api/call', { user }), 405, 'method_not_allowed');
    assertError(await raw('{"phoneNumber"', 'application/json'), 400, 'invalid_json');
    assertError(await raw('[]', 'application/json'), 400, 'invalid_json');
    assertError(await raw('', 'application/json'), 400, 'invalid_json');
    assertError(await raw('phoneNumber=1', 'text/plain'), 415, 'unsupported_media_type');
    assertError(await raw('x'.repeat(100_000), 'application/json'), 413, 'body_too_large');
    const number = await raw('{"to": 441234567890}', 'application/json');
    assertError(number, 400, 'missing_parameter');
    assert.match(number.body.error, /as text/);
    const unreadable = await fetch(`${world.url}/api/rates/lookup?number=12`);
    assert.deepEqual([unreadable.status, unreadable.statusText], [422, 'Unprocessable Content']);
    const key = { 'Idempotency-Key': 'k'.repeat(256) };
    assertError(
      await post('/api/call', { user, json: { to: '+18765551234' }, headers: key }),
      400,
      'invalid_value',
    );
    assert.equal(
      (await world.api('PATCH', '/api/rates/countries')).headers.get('allow'),
      'GET, HEAD, OPTIONS',
    );
    assert.equal((await world.database.books(user.id)).calls.length, 0);
  });

  it('do no harm when they are not even HTTP', async () => {
    const junk = [
      'nonsense\r\n\r\n',
      `GET /healthz HTTP/1.1\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`,
      'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      'POST /api/call HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{',
      'GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ];
    for (const bytes of junk) {
      const answer = await sendRaw(bytes);
      assert.match(answer, /^(HTTP\/1\.1 [45]|$)/, bytes.slice(0, 60));
    }
    assert.equal((await get('/healthz')).status, 200);
  });
});

describe('pages of other origins', () => {
  const ask = (origin, method = 'OPTIONS') =>
    world.api(method, '/api/credits/check', {
      headers: { Origin: origin, 'Access-Control-Request-Method': 'GET' },
    });

  it('may ask when they are allowed to', async () => {
    const { status, headers } = await ask(ORIGIN);
    assert.equal(status, 204);
    assert.equal(headers.get('access-control-allow-origin'), ORIGIN);
    assert.match(headers.get('access-control-allow-headers'), /Authorization/i);
    assert.match(headers.get('access-control-allow-headers'), /Idempotency-Key/i);
    // A recording is heard in parts.
    assert.match(headers.get('access-control-allow-headers'), /\bRange\b/i);
    assert.match(headers.get('access-control-expose-headers'), /\bContent-Range\b/i);
    assert.match(headers.get('vary'), /Origin/);
    const answer = await ask(ORIGIN, 'GET');
    assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [401, ORIGIN]);
    assert.match(answer.headers.get('access-control-expose-headers'), /ETag, Retry-After, X-Request-Id/);
  });

  it('may not otherwise', async () => {
    for (const origin of [
      'https://evil.example.org',
      `${ORIGIN}.evil.org`,
      'null',
      `${ORIGIN}:8443`,
      'http://app.example.org',
    ])
      for (const method of ['OPTIONS', 'GET'])
        assert.equal(
          (await ask(origin, method)).headers.get('access-control-allow-origin'),
          null,
          `${method} ${origin}`,
        );
  });
});

describe('the operator', () => {
  const good = {
    ...ACCOUNT,
    DATABASE_URL: 'postgresql://worldtune_relay@127.0.0.1/postgres',
    PUBLIC_URL: 'https://relay.example.org',
    SUPABASE_JWT_SECRET: JWT_SECRET,
  };
  const check = (settings, args = []) => runRelay(['--check', ...args], { ...good, ...settings });

  it('sees that it lives and that it can serve', async () => {
    const [health, ready] = [await get('/healthz'), await get('/readyz')];
    assert.deepEqual([health.status, health.body.success], [200, true]);
    assert.deepEqual([ready.status, ready.body.success], [200, true]);
    assert.equal((await world.api('HEAD', '/healthz')).status, 200);
    assert.match((await get('/')).headers.get('content-type'), /text\/html/);
  });

  it('has the settings checked, one line for each that is wrong', async () => {
    assert.deepEqual((await check({})).status, 0);
    for (const [name, value] of [
      ['DATABASE_URL', ''],
      ['DATABASE_URL', 'not a url'],
      ['PUBLIC_URL', 'relay.example.org'],
      ['PUBLIC_URL', 'https://relay.example.org/?x=1'],
      ['TWILIO_ACCOUNT_SID', 'AC12'],
      ['TWILIO_AUTH_TOKEN', ''],
      ['TWILIO_PHONE_NUMBER', '0207'],
      ['TWILIO_API_KEY', 'key'],
      ['TWILIO_API_SECRET', ''],
      ['TWILIO_API_BASE', 'ftp://x'],
      ['SUPABASE_JWT_SECRET', 'short'],
      ['LISTEN', 'localhost'],
      ['LIVE_LISTEN', 'localhost'],
      ['LIVE_URL', 'https://call.example.org/api/calls/live'],
      ['LIVE_URL', 'wss://call.example.org/api/calls/live?token=x'],
      ['LIVE_CONNECTIONS', '0'],
      ['LOG_LEVEL', 'loud'],
      ['ALLOWED_ORIGINS', '*'],
    ]) {
      const { status, stderr } = await check({ [name]: value });
      assert.notEqual(status, 0, `${name}=${value}`);
      assert.match(stderr, new RegExp(`^.*${name}.*\\n$`), `${name}=${value}`);
    }
  });

  it('is told once what could not be read, and not that it is missing besides', async () => {
    const TWILIO_AUTH_TOKEN_FILE = '/nonexistent/token';
    const unreadable = await check({ TWILIO_AUTH_TOKEN: '', TWILIO_AUTH_TOKEN_FILE });
    assert.match(unreadable.stderr, /^TWILIO_AUTH_TOKEN_FILE: could not read .*\n$/);
    const twice = await check({ TWILIO_AUTH_TOKEN_FILE });
    assert.match(twice.stderr, /^TWILIO_AUTH_TOKEN and TWILIO_AUTH_TOKEN_FILE: set one of them\n$/);
    const none = await runRelay(['--config', '/nonexistent/relay.conf', '--check'], {});
    assert.match(none.stderr, /^\/nonexistent\/relay\.conf: could not open: .*\n$/);
    assert.deepEqual([unreadable.status, twice.status, none.status], [2, 2, 2]);
  });

  it('may keep them in a file, whose mistakes are named by line', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'worldtune-config-'));
    const file = join(directory, 'relay.conf');
    try {
      await writeFile(file, '# settings\nLISTEN="127.0.0.1:9"\nLOG_LEVEL=warn\n');
      assert.equal((await check({}, ['--config', file])).status, 0);
      await writeFile(file, 'LOG_LEVEL=warn\nNO_SUCH=1\n');
      const { status, stderr } = await check({}, ['--config', file]);
      assert.notEqual(status, 0);
      assert.match(stderr, /:2: .*NO_SUCH/);
      assert.notEqual((await check({}, ['--config', join(directory, 'none')])).status, 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('finds no secret in the log or in a message', async () => {
    const { stderr } = await check({
      DATABASE_URL: 'postgresql://u:pass-word@[',
      SUPABASE_JWT_SECRET: 'short-secret',
    });
    assert.doesNotMatch(stderr, /pass-word|short-secret/);
    const { token } = (await post('/api/twilio/token', { user: await world.database.addUser() })).body;
    const jwts = {
      'a JWT': userToken(user.id),
      'an expired JWT': userToken(user.id, { exp: 1 }),
      'a forged JWT': userToken(user.id, {}, 'another-secret-with-32-characters-at-least'),
    };
    for (const jwt of Object.values(jwts)) await get('/api/calls/history', { token: jwt });
    for (const signature of ['x', 'A'.repeat(27) + '='])
      assert.equal((await world.webhook('/api/twilio/twiml', {}, { signature })).status, 403, signature);
    const secrets = {
      ...jwts,
      'the secret of JWTs': JWT_SECRET,
      'the auth token': ACCOUNT.TWILIO_AUTH_TOKEN,
      'the secret of the API key': ACCOUNT.TWILIO_API_SECRET,
      'an access token': token,
      'the password of the database': 'password-of-the-tests',
      'a wrong password': 'password-of-a-typo',
    };
    const log = [...world.relay.log, ...(await logWithWrongPassword())];
    assert.match(log.join('\n'), /signature_refused/);
    for (const line of log) {
      for (const [name, secret] of Object.entries(secrets))
        assert.ok(!line.includes(secret), `${name}: ${line}`);
      assert.doesNotThrow(() => JSON.parse(line), line);
    }
  });

  it('connects as a role that may execute the service functions and nothing else', async () => {
    const client = new pg.Client(world.database.relayUrl);
    await client.connect();
    try {
      for (const sql of [
        'SELECT * FROM public.users',
        'SELECT * FROM public.call_logs',
        'SELECT * FROM public.credit_ledger',
        'UPDATE public.users SET credit_balance = 1000000',
        'SELECT worldtune.setup()',
        'CREATE TABLE public.mine ()',
      ])
        await assert.rejects(client.query(sql), { code: '42501' }, sql);
    } finally {
      await client.end();
    }
  });
});
