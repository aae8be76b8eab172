/** Tokens signed with keys whose public half Supabase Auth publishes: rotation, and what is not believed. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import { startRelay } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld, userToken } from './lib/world.mjs';

/** A signing key and its public half as a JWK. */
function newKey(kid, algorithm = 'ES256') {
  const pair =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
  return { kid, algorithm, privateKey: pair.privateKey, publicKey: pair.publicKey, jwk };
}

const [first, second, rsa, unpublished] = [
  newKey('first'),
  newKey('second'),
  newKey('rsa', 'RS256'),
  newKey('unpublished'),
];

let auth, world, user, url;

/** Supabase Auth, as far as it publishes keys. */
async function startAuth(keys = [first.jwk]) {
  const state = { keys, readings: 0, status: 200 };
  const server = createServer((request, response) => {
    state.readings++;
    assert.equal(request.url, '/auth/v1/.well-known/jwks.json');
    response.writeHead(state.status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${server.address().port}`;
  state.stop = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return state;
}

before(async () => {
  auth = await startAuth();
  world = await startWorld({ settings: { SUPABASE_URL: auth.url, SUPABASE_JWT_SECRET: undefined } });
  user = await world.database.addUser();
  url = world.url;
  await until('the keys are read', () => world.relay.log.some((line) => line.includes('"keys_read"')));
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  await world?.stop();
  await auth?.stop();
});

const tokenOf = (key, claims = {}, options = {}) =>
  userToken(user.id, { iss: `${auth.url}/auth/v1`, ...claims }, key.privateKey, {
    algorithm: key.algorithm,
    keyid: key.kid,
    ...options,
  });
const statusOf = async (token, at = url) =>
  (await world.api('GET', '/api/account', { token, url: at })).status;

describe('a token signed with a published key', () => {
  it('opens what is private', async () => assert.equal(await statusOf(tokenOf(first)), 200));

  it('needs its issuer, audience, role, time and key', async () => {
    for (const token of [
      tokenOf(first, { iss: undefined }),
      tokenOf(first, { iss: 'https://elsewhere.example.org/auth/v1' }),
      tokenOf(first, { aud: 'other' }),
      tokenOf(first, { role: 'service_role' }),
      tokenOf(first, { exp: 1 }),
      jwt.sign({ ...jwt.decode(tokenOf(first)) }, first.privateKey, { algorithm: 'ES256' }),
      tokenOf(unpublished, {}, { keyid: 'first' }),
    ])
      assert.equal(await statusOf(token), 401, token);
  });

  it('is not one signed with the public key as a secret', async () => {
    const secret = first.publicKey.export({ type: 'spki', format: 'pem' });
    for (const key of [secret, JSON.stringify(first.jwk), first.jwk.x]) {
      const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid: 'first' })).toString(
        'base64url',
      );
      const [, payload] = tokenOf(first).split('.');
      const signature = createHmac('sha256', key).update(`${head}.${payload}`).digest('base64url');
      assert.equal(await statusOf(`${head}.${payload}.${signature}`), 401);
    }
  });

  it('has one text alone', async () => {
    const token = tokenOf(first);
    const [head, payload, signature] = token.split('.');
    for (const other of [
      `${token}=`,
      `${head}.${payload}.${signature}A`,
      `${head}.${payload}..${signature}`,
      ` ${token}x`,
    ])
      assert.equal(await statusOf(other), 401, other);
    assert.equal(jwt.decode(token).sub, user.id);
  });

  it('follows a rotation, and reads the keys at most once a minute for keys that are unknown', async () => {
    auth.keys = [first.jwk, second.jwk, rsa.jwk];
    const { readings } = auth;
    const ask = (key) => statusOf(tokenOf(key));
    const statuses = await Promise.all(Array.from({ length: 16 }, () => ask(second)));
    assert.deepEqual([statuses, auth.readings], [Array(16).fill(200), readings + 1]);
    assert.deepEqual(await Promise.all([first, rsa, unpublished].map(ask)), [200, 200, 401]);
    auth.keys = [unpublished.jwk];
    for (let i = 0; i < 20; i++) assert.equal(await ask(unpublished), 401);
    assert.equal(auth.readings, readings + 1);
    auth.keys = [first.jwk, second.jwk, rsa.jwk];
  });

  it('is believed by the address that SIGHUP brought, and no more by the one before', async () => {
    const elsewhere = await startAuth([unpublished.jwk]);
    const directory = await mkdtemp(join(tmpdir(), 'worldtune-keys-'));
    const file = join(directory, 'relay.conf');
    await writeFile(file, `SUPABASE_JWKS_URL=${auth.url}/auth/v1/.well-known/jwks.json`);
    const settings = {
      DATABASE_URL: world.database.relayUrl,
      PUBLIC_URL: url,
      TWILIO_API_BASE: world.carrier.url,
    };
    const relay = await startRelay(settings, ['--config', file]);
    const ask = (key) => statusOf(tokenOf(key), `http://127.0.0.1:${relay.port}`);
    try {
      assert.deepEqual([await ask(first), await ask(unpublished)], [200, 401]);
      await writeFile(file, `SUPABASE_JWKS_URL=${elsewhere.url}/auth/v1/.well-known/jwks.json`);
      process.kill(relay.pid, 'SIGHUP');
      await until('the new keys are believed', async () => (await ask(unpublished)) === 200);
      assert.equal(await ask(first), 401);
    } finally {
      await relay.stop();
      await elsewhere.stop();
      await rm(directory, { recursive: true });
    }
  });

  it('waits for the keys when it comes before they have been read', async () => {
    await world.withRelay({}, async ({ url: at }) => assert.equal(await statusOf(tokenOf(second), at), 200));
  });

  it('is believed beside those of a secret, where both are set', async () => {
    const secret = 'another-secret-of-more-than-32-characters';
    await world.withRelay({ SUPABASE_JWT_SECRET: secret }, async ({ url: at }) => {
      const claims = { iss: `${auth.url}/auth/v1` };
      assert.equal(await statusOf(tokenOf(first), at), 200);
      assert.equal(await statusOf(userToken(user.id, claims, secret), at), 200);
      assert.equal(await statusOf(userToken(user.id, claims), at), 401);
    });
  });

  it('is refused while there are no keys, and not for long', async () => {
    auth.status = 500;
    await world.withRelay({}, async ({ url: at, relay }) => {
      assert.equal(await statusOf(tokenOf(first), at), 401);
      await until('the log says so', () => relay.log.some((line) => line.includes('"keys_not_read"')));
      assert.equal((await world.api('GET', '/healthz', { url: at })).status, 200);
    });
    auth.status = 200;
  });
});
