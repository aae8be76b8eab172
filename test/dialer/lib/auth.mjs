/**
 * Supabase Auth as far as supabase-js needs it to sign people in by password: GoTrue itself is in neither Debian nor npm.
 * https://supabase.com/docs/reference/self-hosting-auth
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { userToken } from '../../http/lib/world.mjs';

const ALLOWED = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': '*',
};
const REFUSALS = {
  invalid_credentials: 400,
  email_not_confirmed: 400,
  over_request_rate_limit: 429,
};

/** `lifetime`: seconds that an access token is in force. */
export async function startAuth({ lifetime = 3600 } = {}) {
  const people = new Map(); // email to { id, password }
  const sessions = new Map(); // refresh token to user's id
  const auth = { lifetime, refusal: null, renewals: 0, signOuts: 0 };

  const sessionOf = (id) => {
    const refresh = randomUUID();
    sessions.set(refresh, id);
    const expiresAt = Math.floor(Date.now() / 1000) + auth.lifetime;
    return {
      access_token: userToken(id, { iss: `${auth.url}/auth/v1`, exp: expiresAt }),
      token_type: 'bearer',
      expires_in: auth.lifetime,
      expires_at: expiresAt,
      refresh_token: refresh,
      user: { id, aud: 'authenticated', role: 'authenticated' },
    };
  };

  /** A refusal's code, or the session. */
  const answers = {
    password({ email, password }) {
      const person = people.get(email);
      return person?.password === password ? sessionOf(person.id) : 'invalid_credentials';
    },
    refresh_token({ refresh_token: token }) {
      const id = sessions.get(token);
      sessions.delete(token); // counts once
      auth.renewals += 1;
      return id ? sessionOf(id) : 'invalid_credentials';
    },
  };

  const server = createServer(async (request, response) => {
    const say = (status, body) =>
      response
        .writeHead(status, { ...ALLOWED, 'Content-Type': 'application/json' })
        .end(JSON.stringify(body));
    const { pathname, searchParams } = new URL(request.url, auth.url);
    if (request.method === 'OPTIONS') return response.writeHead(204, ALLOWED).end();
    if (pathname === '/auth/v1/logout') return say(204, (auth.signOuts += 1));
    const answer = answers[searchParams.get('grant_type')];
    if (pathname !== '/auth/v1/token' || !answer) return say(404, {});
    const said = auth.refusal ?? answer(await json(request));
    if (typeof said !== 'string') return say(200, said);
    return say(REFUSALS[said], { code: REFUSALS[said], error_code: said, msg: said });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  auth.url = `http://127.0.0.1:${server.address().port}`;
  auth.add = (email, password, { id }) => people.set(email, { id, password });
  auth.revoke = () => sessions.clear();
  auth.stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return auth;
}
