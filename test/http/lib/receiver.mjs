/** An application that receives webhooks: twilio's package judges each, a table of paths answers. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import twilio from 'twilio';

/** `answers` maps a path, or '*' for any other, to TwiML, to a status, to { status, body, headers }, or to a function of the request that gives one. */
export async function startReceiver(authToken, answers = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const parameters = Object.fromEntries(new URLSearchParams(body));
    const url = `http://${request.headers.host}${request.url}`;
    const seen = {
      method: request.method,
      path: request.url,
      headers: request.headers,
      parameters,
      valid: twilio.validateRequest(authToken, request.headers['x-twilio-signature'], url, parameters),
    };
    requests.push(seen);
    const path = request.url.split('?')[0];
    const given = answers[path] ?? answers['*'] ?? 204;
    const answer = typeof given === 'function' ? await given(seen) : given;
    if (answer === 'hang up') request.socket.destroy();
    else if (typeof answer === 'number') response.writeHead(answer).end();
    else if (answer.body !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body);
    else response.writeHead(200, { 'Content-Type': 'text/xml' }).end(answer);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    answers,
    at: (path) => requests.filter((request) => request.path.split('?')[0] === path),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
