/** Made-up webhooks, signed and spoilt: the relay judges each as Twilio's own package does. SIGNATURES=100000 makes so many. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import twilio from 'twilio';
import { PROGRAM } from './lib/relay.mjs';
import { startProgram } from './lib/processes.mjs';

const COUNT = Number(process.env.SIGNATURES ?? 5000);
const JUDGE = PROGRAM.includes('/build-')
  ? join(dirname(PROGRAM), 'test/judge_signature')
  : join(dirname(PROGRAM), 'build/test/judge_signature');

/** The same numbers every time: mulberry32. */
let seed = 20260101;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];

const ALPHABET = [...'aZ09 _-+&=%?/:.~"\'<>#;,(){}é日☎', '😀', '\n', '\t', '\u00a0'];
const word = (most) => Array.from({ length: below(most + 1) }, () => pick(ALPHABET)).join('');
const plain = (least, most) =>
  Array.from({ length: least + below(most - least + 1) }, () => pick([...'abcXYZ019'])).join('');

function makeParameters() {
  const parameters = {};
  for (let i = below(12); i > 0; i--) {
    const name = pick(['CallSid', 'To', 'to', 'From', 'Digits', 'A', 'a', plain(1, 6)]);
    parameters[name] = random() < 0.1 ? [word(8), word(8), word(2)] : word(20);
  }
  return parameters;
}

function makeUrl() {
  const scheme = pick(['https', 'https', 'http']);
  const port = pick(['', '', '', ':443', ':80', ':8443', ':8080']);
  const path = Array.from({ length: below(4) }, () => `/${plain(1, 8)}`).join('') || '/x';
  const query = Array.from({ length: below(4) }, () => `${plain(1, 5)}=${plain(0, 9)}`).join('&');
  return `${scheme}://${plain(1, 8).toLowerCase()}.example.org${port}${path}${query && `?${query}`}`;
}

const encode = (text) =>
  random() < 0.5 ? encodeURIComponent(text) : new URLSearchParams({ x: text }).toString().slice(2);
const bodyOf = (parameters) =>
  Object.entries(parameters)
    .flatMap(([name, values]) => [values].flat().map((value) => `${encode(name)}=${encode(value)}`))
    .join('&');

const SPOIL = [
  (given) => given,
  (given) => given,
  (given) => given,
  (given) => ({ ...given, token: `${given.token}x` }),
  (given) => ({ ...given, url: `${given.url}x` }),
  (given) => ({ ...given, url: given.url.replace(/^https:/, 'http:') }),
  (given) => ({ ...given, url: given.url.replace(/:\d+(?=\/)/, '') }),
  (given) => ({ ...given, url: given.url.replace(/(\.org)(?=\/)/, '$1:443') }),
  (given) => ({ ...given, parameters: { ...given.parameters, Extra: '' } }),
  (given) => ({ ...given, parameters: { ...given.parameters, CallSid: word(5) } }),
  (given) => ({ ...given, signature: given.signature.replace(/^./, (one) => (one === 'A' ? 'B' : 'A')) }),
  (given) => ({ ...given, signature: given.signature.slice(0, -1) }),
  (given) => ({ ...given, signature: '' }),
];

function makeRequest() {
  const token = plain(8, 32);
  const [url, parameters] = [makeUrl(), makeParameters()];
  const signature = twilio.getExpectedTwilioSignature(token, url, parameters);
  return pick(SPOIL)({ token, url, parameters, signature });
}

describe('signatures', () => {
  it(`are judged as by Twilio’s own package, ${COUNT} of them`, async () => {
    const requests = Array.from({ length: COUNT }, makeRequest);
    const { child, ended } = startProgram(JUDGE, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    let answer = '';
    child.stdout.on('data', (chunk) => (answer += chunk));
    for (const { token, url, parameters, signature } of requests)
      child.stdin.write(`${token}\t${url}\t${bodyOf(parameters)}\t${signature}\n`);
    child.stdin.end();
    assert.deepEqual(await ended, [0, null]);
    const verdicts = answer.trimEnd().split('\n');
    assert.equal(verdicts.length, COUNT);
    let good = 0;
    requests.forEach(({ token, url, parameters, signature }, i) => {
      const expected = twilio.validateRequest(token, signature, url, parameters);
      good += expected;
      assert.equal(verdicts[i], expected ? '1' : '0', JSON.stringify(requests[i]));
    });
    assert.ok(good > COUNT / 5 && good < COUNT * 0.8, `${good} of ${COUNT} are good`);
  });
});
