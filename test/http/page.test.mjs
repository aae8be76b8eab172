/** The dialer's page as the relay serves it: compressed as the client takes it, kept for good where it may be. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { startWorld } from './lib/world.mjs';

let world;
before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

/** As fetch() does, but without its own headers and decompression. */
function ask(path, headers = {}) {
  return new Promise((resolve, reject) => {
    get(world.url + path, { headers }, async (response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
    }).on('error', reject);
  });
}

const script = async () => `/${/assets\/index-[^"]*\.js/.exec((await ask('/')).body)[0]}`;

describe('the page', () => {
  it('is a document that nobody keeps without asking, with a policy that lets in its own script alone', async () => {
    const { status, headers, body } = await ask('/');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['cache-control'], 'public, max-age=0');
    assert.match(
      headers['content-security-policy'],
      /default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    assert.match(headers['permissions-policy'], /microphone=\(self\)/);
    assert.match(String(body), /<div id="page">/);
  });

  it('learns from the relay what it needs, and may connect to nobody else', async () => {
    const config = JSON.parse((await ask('/api/config')).body);
    const { hostname, port } = new URL(world.carrier.url);
    assert.equal(config.voiceSignalling, `${hostname}:${port}`);
    assert.deepEqual(
      [config.supabaseUrl, config.topUpUrl, config.recordCalls, config.callMode],
      [null, null, false, 'dial'],
    );
    const policy = (await ask('/')).headers['content-security-policy'];
    assert.match(policy, new RegExp(`connect-src 'self' ws://${hostname}:${port} ${world.relay.liveUrl} *;`));
    assert.equal(config.liveUrl, world.relay.liveUrl);
  });

  it('answers 304 to a client that has it', async () => {
    const { headers } = await ask('/');
    const again = await ask('/', { 'If-None-Match': headers.etag });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
  });

  it('comes in the coding that the client takes, each with an ETag of its own', async () => {
    const path = await script();
    const plain = await ask(path);
    const brotli = await ask(path, { 'Accept-Encoding': 'gzip, deflate, br' });
    const gzip = await ask(path, { 'Accept-Encoding': 'gzip;q=0.8, br;q=0' });
    assert.deepEqual(
      [plain, brotli, gzip].map(({ headers }) => headers['content-encoding']),
      [undefined, 'br', 'gzip'],
    );
    assert.deepEqual(brotliDecompressSync(brotli.body), plain.body);
    assert.deepEqual(gunzipSync(gzip.body), plain.body);
    assert.equal(new Set([plain, brotli, gzip].map(({ headers }) => headers.etag)).size, 3);
    for (const { headers } of [plain, brotli, gzip]) {
      assert.match(headers.vary, /Accept-Encoding/);
      assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
    }
  });

  it('has nothing else to serve', async () => {
    for (const path of ['/assets/none.js', '/assets/../index.html', '/index.html', '/assets/'])
      assert.equal((await ask(path)).status, 404, path);
  });

  it('before sign-in costs at most 90 kB of scripts and styles', async () => {
    const document = String((await ask('/')).body);
    const paths = [...document.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(
      ([, path]) => path,
    );
    assert.ok(paths.length >= 2, document);
    const files = await Promise.all(paths.map((path) => ask(`/${path}`, { 'Accept-Encoding': 'br' })));
    const bytes = files.reduce((sum, { body }) => sum + body.length, 0);
    assert.ok(bytes < 90_000, `${bytes} bytes`);
  });
});
