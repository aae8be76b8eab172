/**
 * One webhook on its way: signed by Twilio's own package, and tried again as the URL's fragment says.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
import http from 'node:http';
import https from 'node:https';
import twilio from 'twilio';

const BODY_BYTES_MAX = 64 * 1024;

function readFragment(fragment) {
  const given = new URLSearchParams(fragment);
  const number = (name, fallback, least, most) => {
    const value = Number(given.get(name) ?? fallback);
    return value >= least && value <= most ? value : fallback;
  };
  return {
    retries: number('rc', 1, 0, 5),
    policy: (given.get('rp') ?? 'ct').split(','),
    answerMs: number('rt', 15000, 100, 15000),
    totalMs: number('tt', 15000, 100, 15000),
  };
}

/** What went wrong, in the words of the fragment's retry policy; undefined when nothing did. */
function failureKind({ status, error }) {
  if (error) return error.code === 'TIMEOUT' || error.code === 'ECONNRESET' ? 'rt' : 'ct';
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
}

/** As Twilio does: the fragment is never sent nor signed, and a port of https is not signed. */
const signedUrl = (url) => url.replace(/^(https:\/\/[^/?]+?):\d+(?=[/?]|$)/, '$1');

function post(url, headers, body, timeoutMs, signal) {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const stop = AbortSignal.any([signal, timeout]);
    const fail = (error) => reject(timeout.aborted ? Object.assign(error, { code: 'TIMEOUT' }) : error);
    // A connection of its own, as from a fleet of proxies: none is kept from one webhook to the next.
    const sending = request(url, { method: 'POST', agent: false, headers, signal: stop }, (response) => {
      const chunks = [];
      let length = 0;
      response.on('data', (chunk) => {
        length += chunk.length;
        if (length <= BODY_BYTES_MAX) chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
          tooLong: length > BODY_BYTES_MAX,
        }),
      );
    });
    sending.on('error', fail);
    sending.end(body);
  });
}

/** Posts the parameters; the token names the delivery. Resolves to {status, type, text, tooLong} or {error}, always with the number of attempts. */
export async function deliver({ authToken, url: urlWithFragment, parameters, token, signal }) {
  const [url, fragment = ''] = urlWithFragment.split('#', 2);
  const { retries, policy, answerMs, totalMs } = readFragment(fragment);
  const body = new URLSearchParams(parameters).toString();
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'User-Agent': 'TwilioProxy/1.1',
    'I-Twilio-Idempotency-Token': token,
    'X-Twilio-Signature': twilio.getExpectedTwilioSignature(authToken, signedUrl(url), parameters),
  };
  const deadline = performance.now() + totalMs;
  for (let attempts = 1; ; attempts++) {
    const left = Math.max(1, Math.min(answerMs, Math.ceil(deadline - performance.now())));
    const result = await post(url, headers, body, left, signal).catch((error) => ({ error }));
    const kind = failureKind(result);
    const again = kind && attempts <= retries && (policy.includes(kind) || policy.includes('all'));
    if (!again || signal.aborted || performance.now() >= deadline) return { ...result, attempts };
  }
}
