// @vitest-environment node
import { afterEach, expect, it, vi } from 'vitest';
import { Api } from '../src/api/client.ts';
import { problemOf } from '../src/phone/problems.ts';

afterEach(() => vi.unstubAllGlobals());

/** A relay that always answers so, and what it was asked. */
function relay(answer: object | null, { status = 200, headers = {} } = {}) {
  const asked: { url: string; headers: Headers; signal: AbortSignal }[] = [];
  vi.stubGlobal('fetch', async (url: string, { headers: sent, signal }: RequestInit) => {
    asked.push({ url, headers: new Headers(sent), signal: signal! });
    return new Response(answer && JSON.stringify(answer), { status, headers });
  });
  return asked;
}

const api = (base = '') => new Api(base, async () => 'jwt');
const PAGE = { calls: [], nextBefore: null };

it('every request says who asks, at the relay that was named', async () => {
  const asked = relay({ balance: '1' });
  await api('https://calls.example.com/').account();
  expect(asked[0]!.url).toBe('https://calls.example.com/api/account');
  expect(asked[0]!.headers.get('Authorization')).toBe('Bearer jwt');
});

it('the pages of a list follow one another', async () => {
  const asked = relay(PAGE);
  await api().calls(50, null);
  await api().calls(50, 'a b');
  await api().ledger(30, 'c');
  expect(asked.map(({ url }) => url)).toEqual([
    'api/calls/history?limit=50',
    'api/calls/history?limit=50&before=a+b',
    'api/ledger?limit=30&before=c',
  ]);
});

it('a number keeps its plus in the question for its price', async () => {
  const asked = relay({ allowed: true });
  await api().checkCredit('+18764441234');
  expect(new URL(asked[0]!.url, 'http://relay').searchParams.get('number')).toBe('+18764441234');
});

it('a request is given up when nobody wants its answer, and when none comes', async () => {
  const patience = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  const unwanted = new AbortController();
  const asked = relay({ allowed: true });
  await api().checkCredit('+18764441234', unwanted.signal);
  await api().checkCredit('+18764441234', new AbortController().signal);
  unwanted.abort();
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  patience.abort();
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
});

it('a relay that does not answer is away', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('failed to fetch')));
  const error = await api()
    .account()
    .catch((reason) => reason);
  expect(problemOf(error)).toEqual({ code: 'relay_away', detail: null });
});

it('a recording that there is not is an error, and no sound', async () => {
  relay({ success: false, code: 'no_recording', error: 'none' }, { status: 404 });
  await expect(api().recording('CA1')).rejects.toMatchObject({ status: 404, code: 'no_recording' });
});

it('a relay that says nothing of itself has no live events; one that refuses is not taken for it', async () => {
  relay(null, { status: 404 });
  expect(await api().config()).toEqual({ version: '' });
  relay({ code: 'busy', error: 'busy' }, { status: 503, headers: { 'Retry-After': '2' } });
  await expect(api().config()).rejects.toMatchObject({ status: 503, retryAfterSeconds: 2 });
});
