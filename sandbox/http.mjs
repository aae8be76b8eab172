/** The server: routes, bodies, and answers that all say what they come from. */
import { createServer } from 'node:http';
import { TwilioError, notFound } from './errors.mjs';

const BODY_BYTES_MAX = 64 * 1024;
export const NOT_TWILIO = 'not Twilio';

async function readBody(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new TwilioError(413, 20413, 'The request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(response, status, body, headers = {}) {
  if (status === 204) return response.writeHead(204, { 'X-Sandbox': NOT_TWILIO, ...headers }).end();
  const text = JSON.stringify({ ...body, sandbox: NOT_TWILIO });
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'X-Sandbox': NOT_TWILIO,
    ...headers,
  });
  response.end(text);
}

function findRoute(routes, method, path) {
  const there = routes.filter(({ pattern }) => pattern.test(path));
  if (there.length === 0) throw notFound(path);
  const route = there.find((candidate) => candidate.method === method);
  if (!route) throw new TwilioError(405, 20004, 'Method not allowed');
  return { handler: route.handler, names: route.pattern.exec(path).groups ?? {} };
}

async function serve(routes, request, response) {
  const url = new URL(request.url, 'http://sandbox');
  const body = await readBody(request);
  const { handler, names } = findRoute(routes, request.method, url.pathname);
  const answer = await handler({ request, response, url, body, ...names });
  if (answer?.bytes)
    response
      .writeHead(answer.status, {
        'X-Sandbox': NOT_TWILIO,
        'Content-Length': answer.bytes.length,
        ...answer.headers,
      })
      .end(answer.bytes);
  else if (answer) send(response, answer.status, answer.body, answer.headers);
}

function fail(response, error) {
  const known = error instanceof TwilioError;
  if (!known) console.error(error);
  const { status, body } = known
    ? error
    : new TwilioError(500, 20500, 'The sandbox failed; its log says why');
  if (!response.headersSent)
    send(response, status, body, status === 401 ? { 'WWW-Authenticate': 'Basic' } : {});
}

/** Serves routes {method, pattern, handler}. A handler answers {status, body, headers}, {status, bytes, headers}, or nothing to cut the line. */
export async function listen(routes, port) {
  const server = createServer((request, response) => {
    serve(routes, request, response).catch((error) => fail(response, error));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}
