/** The relay behind the HAProxy of relay/haproxy.cfg: TLS, IPv6, HTTP/2, both ports under one name; nobody's bytes are another's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import twilio from 'twilio';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { freePort } from './lib/cluster.mjs';
import { startProgram } from './lib/processes.mjs';
import { ACCOUNT } from './lib/relay.mjs';
import { until } from './lib/until.mjs';
import { startWorld } from './lib/world.mjs';

const CONFIGURATION = fileURLToPath(new URL('../../relay/haproxy.cfg', import.meta.url));
const PUBLIC_URL = 'https://localhost';
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all.some(({ family }) => family === 'IPv6'));

let world, directory, pem, live;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'worldtune-proxy-'));
  const [key, certificate] = [join(directory, 'key'), join(directory, 'certificate')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'];
  const files = ['-keyout', key, '-out', certificate, '-days', '2'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    ...subject,
    ...files,
  ]);
  pem = join(directory, 'relay.pem');
  await writeFile(pem, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 });
  // Whatever listens at LIVE_LISTEN: here it only says that it was reached.
  live = createServer();
  live.on('upgrade', (upgrade, socket) => {
    const key = upgrade.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    const accept = createHash('sha1').update(key).digest('base64');
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept}\r\nX-Reached: ${upgrade.url}\r\n\r\n`,
    );
  });
  await new Promise((resolve) => live.listen(0, '127.0.0.1', resolve));
  world = await startWorld({
    settings: { PUBLIC_URL, TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_ADDRESS: '0', HTTP_THREADS: '32' },
  });
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  await world?.stop();
  live?.close();
  await rm(directory, { recursive: true });
});

/** HAProxy in front of that relay, for as long as `use` takes. */
async function withProxy(use, { reuse = 'safe', port = world.relay.port } = {}) {
  const [four, six] = [await freePort(), await freePort()];
  const environment = {
    PATH: process.env.PATH,
    RELAY_BIND: `ipv4@127.0.0.1:${four}${hasIpv6 ? `,ipv6@[::1]:${six}` : ''}`,
    RELAY_PEM: pem,
    RELAY_SERVER: `127.0.0.1:${port}`,
    RELAY_LIVE: `127.0.0.1:${live.address().port}`,
    RELAY_REUSE: reuse,
  };
  const { child, ended } = startProgram('/usr/sbin/haproxy', ['-db', '-f', CONFIGURATION], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  try {
    await until(
      `HAProxy serves ${said}`,
      async () => (await ask(four, '/healthz').catch(() => ({}))).status === 200,
    );
    return await use({ four, six });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const tlsOptions = () => ({ ca: readFileSync(pem), servername: 'localhost' });

/** One request over HTTP/1.1 and TLS. */
async function ask(port, path, { host = '127.0.0.1', method = 'GET', headers = {}, body } = {}) {
  const call = request({ ...tlsOptions(), host, port, path, method, headers, agent: false }).end(body);
  const [response] = await once(call, 'response');
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

/** These very bytes over TLS; answers what comes back until the connection ends or nothing comes for a while. */
async function sendBytes(port, bytes, waitMs = 300) {
  const socket = connect({ ...tlsOptions(), host: '127.0.0.1', port, ALPNProtocols: ['http/1.1'] });
  let answer = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => (answer += chunk));
  await once(socket, 'secureConnect');
  socket.write(bytes);
  socket.setTimeout(waitMs, () => socket.destroy());
  await new Promise((resolve) => socket.on('close', resolve));
  return answer;
}

describe('behind HAProxy', () => {
  it('the relay speaks TLS, HTTP/2 and IPv6', async () => {
    await withProxy(async ({ four, six }) => {
      const session = connectHttp2(`https://localhost:${four}`, { ...tlsOptions(), host: '127.0.0.1' });
      const stream = session.request({ ':path': '/api/rates/lookup?number=%2B18765551234' });
      const [headers] = await once(stream, 'response');
      assert.deepEqual([headers[':status'], JSON.parse(await text(stream)).found], [200, true]);
      session.close();
      if (hasIpv6) assert.equal((await ask(six, '/healthz', { host: '::1' })).status, 200);
    });
  });

  it('signed webhooks are believed, and calls are bridged', async () => {
    await withProxy(async ({ four }) => {
      const user = await world.database.addUser();
      const { voice } = new BrowserCall(world, user, JAMAICA);
      const path = '/api/twilio/twiml';

      const signature = twilio.getExpectedTwilioSignature(
        ACCOUNT.TWILIO_AUTH_TOKEN,
        PUBLIC_URL + path,
        voice,
      );
      const body = new URLSearchParams(voice).toString();
      const headers = {
        'X-Twilio-Signature': signature,
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': body.length,
      };
      assert.match((await ask(four, path, { method: 'POST', headers, body })).text, /<Dial/);
    });
  });

  it('live events are reached under the same name, and what is for operators is not', async () => {
    await withProxy(async ({ four }) => {
      const upgrade =
        'GET /api/calls/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
      assert.match(await sendBytes(four, upgrade), /^HTTP\/1\.1 101 [^]*x-reached: \/api\/calls\/live\r\n/i);
      for (const path of ['/metrics', '/readyz']) assert.equal((await ask(four, path)).status, 404);
    });
  });

  it('each client has its own address, whatever it claims', async () => {
    const settings = { TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_ADDRESS: '2' };
    await world.withRelay(settings, ({ relay }) =>
      withProxy(
        async ({ four }) => {
          const statuses = [];
          for (let i = 0; i < 3; i++) {
            const headers = { 'X-Forwarded-For': `192.0.2.${i}` };
            statuses.push((await ask(four, '/api/rates/lookup?country=GB', { headers })).status);
          }
          assert.deepEqual(statuses, [200, 200, 429]);
        },
        { port: relay.port },
      ),
    );
  });
});

const inner = 'GET /api/rates/countries HTTP/1.1\r\nHost: localhost\r\n\r\n';
const DOUBTFUL = [
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\n${Array.from({ length: 70 }, (_, i) => `H${i}: 1\r\n`).join('')}Content-Length: ${inner.length}\r\n\r\n${inner}`,
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${inner}`,
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`,
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${inner}`,
  `POST /api/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x10\r\n\r\n${inner}`,
  `POST /api/twilio/twiml HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
  `GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  `OPTIONS * HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
];

for (const reuse of ['never', 'always'])
  describe(`with http-reuse ${reuse}`, () => {
    it('nobody gets what another one asked for', async () => {
      await withProxy(
        async ({ four }) => {
          for (const bytes of DOUBTFUL) {
            const [, ...victims] = await Promise.all([
              sendBytes(four, bytes),
              ...Array.from({ length: 6 }, () => ask(four, '/healthz')),
            ]);
            victims.push(await ask(four, '/healthz'));
            for (const victim of victims)
              assert.deepEqual(
                [victim.status, JSON.parse(victim.text).version?.length > 0],
                [200, true],
                bytes,
              );
          }
        },
        { reuse },
      );
    });

    it('slow clients cost nobody else anything', async () => {
      await withProxy(
        async ({ four }) => {
          const head = 'POST /api/twilio/twiml HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\na=';
          const slow = Array.from({ length: 100 }, () => sendBytes(four, head, 4000));
          await until('they are there', async () => (await ask(four, '/healthz')).status === 200);
          for (let i = 0; i < 10; i++) {
            const began = performance.now();
            assert.equal((await ask(four, '/healthz')).status, 200);
            assert.ok(performance.now() - began < 1000);
          }
          for (const answer of await Promise.all(slow)) assert.doesNotMatch(answer, /^HTTP\/1\.1 200/);
        },
        { reuse },
      );
    });
  });
