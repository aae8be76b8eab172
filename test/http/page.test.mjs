/** The built-in page's script, in a document of its own: what a person reads when the token has expired. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from './lib/until.mjs';

const SCRIPT = new URL('../../relay/src/page/page.js', import.meta.url);

/** Loads the page; `answers` gives, by path, the body of each answer or a promise of it. */
async function load(answers) {
  const elements = {};
  const element = (id) => (elements[id] ??= { textContent: '', hidden: true, addEventListener() {} });
  const session = new Map([['token', 'a.b.c']]);
  Object.assign(globalThis, {
    document: { getElementById: element },
    location: { hash: '', pathname: '/' },
    history: { replaceState() {} },
    sessionStorage: {
      getItem: (name) => session.get(name) ?? null,
      setItem: (name, value) => session.set(name, value),
      removeItem: (name) => session.delete(name),
    },
    fetch: async (path) => {
      const { status, ...body } = await answers[path.split('?')[0]];
      return { status, json: async () => body };
    },
  });
  await import(`${SCRIPT}?${Math.random()}`);
  return { text: (id) => elements[id]?.textContent ?? '', session };
}

describe('the page', () => {
  const expired = { status: 401, success: false, error: 'the token has expired; sign in again' };
  const ready = { status: 200, success: true, version: '0.1.0' };

  for (const [when, delays] of [
    ['before', [0, 50]],
    ['after', [50, 0]],
  ])
    it(`says that its token has expired ${when} it says that the relay is ready`, async () => {
      const later = (answer, ms) => new Promise((resolve) => setTimeout(() => resolve(answer), ms));
      const page = await load({
        'api/account': later(expired, delays[0]),
        'api/calls/history': later(expired, delays[0]),
        readyz: later(ready, delays[1]),
      });
      await until('both are said', () => /ready/.test(page.text('ready')) && page.text('problem'));
      assert.match(page.text('problem'), /expired; sign in again/);
      assert.equal(page.session.has('token'), false, 'a token that is no good is not kept');
    });
});
