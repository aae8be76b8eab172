import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent } from '../src/live/live.ts';
import { moneyText } from '../src/money/money.ts';
import { CHECK, fakeRelay, liveCall, makePhone, NUMBER, SID } from './fakes.ts';

beforeEach(() => vi.useFakeTimers({ shouldAdvanceTime: true }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const at = '2026-11-21T12:00:00.000Z';

describe('a call without live events', () => {
  it('goes from connecting to its bill, as the books tell it', async () => {
    fakeRelay({
      '/api/calls/history': {
        calls: [
          {
            callId: 'x',
            callSid: SID,
            status: 'completed',
            country: 'Jamaica',
            durationSeconds: 61,
            billedSeconds: 120,
            creditsUsed: '0.610000',
          },
        ],
        nextBefore: null,
      },
    });
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    expect(phone.state.call).toMatchObject({ phase: 'connecting', answeredAt: null, maxSeconds: 3900 });
    voice.ring();
    expect(phone.state.call?.phase).toBe('ringing');
    voice.open();
    expect(phone.state.call?.phase).toBe('talking');
    phone.hangUp();
    expect(phone.state.ended).toMatchObject({ callSid: SID, settling: true });
    await vi.waitFor(() => expect(phone.state.ended?.settling).toBe(false));
    expect(phone.state.ended).toMatchObject({ seconds: 61, billedSeconds: 120, cost: 610_000n });
  });

  it('is refused before anything rings', async () => {
    fakeRelay({ '/api/credits/check': { ...CHECK, allowed: false, reason: 'suspended' } });
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    expect(voice.dial).not.toHaveBeenCalled();
    expect(phone.state).toMatchObject({ call: null, problem: { code: 'suspended' } });
  });

  it.each([
    [401, 'session_expired'],
    [429, 'too_many_requests'],
    [502, 'carrier_error'],
    [503, 'relay_busy'],
  ])('says what a %i of the relay means', async (status, code) => {
    fakeRelay({ '/api/credits/check': { status, code: 'x', error: 'x' } });
    const { phone } = makePhone();
    await phone.dial(NUMBER);
    expect(phone.state.problem?.code).toBe(code);
  });

  it.each([
    [31401, 'microphone_blocked'],
    [20104, 'session_expired'],
    [31000, 'voice_unreachable'],
    [53405, 'connection_lost'],
  ])('says what error %i of the SDK means', async (number, code) => {
    fakeRelay();
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.handlers.onError(number, 'x');
    expect(phone.state.problem?.code).toBe(code);
  });

  it('with an expired token is not ready: the next one asks for another', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.handlers.onError(20104, 'expired');
    expect(voice.forget).toHaveBeenCalled();
  });

  it('that is given up before it began never rings', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    const dialling = phone.dial(NUMBER);
    phone.hangUp();
    await dialling;
    expect(voice.dial).not.toHaveBeenCalled();
    expect(phone.state).toMatchObject({ call: null, ended: null, problem: null });
  });

  it('that is given up while the SDK begins it is hung up', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    let begun = () => {};
    voice.dial.mockImplementation(() => new Promise((resolve) => (begun = () => resolve(undefined))));
    const dialling = phone.dial(NUMBER);
    await vi.waitFor(() => expect(voice.dial).toHaveBeenCalled());
    phone.hangUp();
    begun();
    await dialling;
    expect(voice.hangUp).toHaveBeenCalled();
    expect(phone.state.call).toBeNull();
  });

  it('keeps its time when the voice was lost and is back', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.open();
    const answeredAt = phone.state.call?.answeredAt;
    voice.handlers.onState('reconnecting', SID);
    expect(phone.state.call).toMatchObject({ reconnecting: true, phase: 'talking' });
    await vi.advanceTimersByTimeAsync(3000);
    voice.open();
    expect(phone.state.call).toMatchObject({ reconnecting: false, answeredAt });
  });

  it('is told of a warning as long as it is in force', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.handlers.onWarning('high-jitter', true);
    expect(phone.state.call?.warnings).toEqual(['high-jitter']);
    voice.handlers.onWarning('high-jitter', false);
    expect(phone.state.call?.warnings).toEqual([]);
  });

  it('is settled by a record that is final, with the balance and not what is free of it', async () => {
    const record = { callId: 'x', callSid: SID, country: 'Jamaica', durationSeconds: 61, billedSeconds: 120 };
    let asked = 0;
    fakeRelay({
      '/api/calls/history': () => ({
        calls: [
          ++asked === 1
            ? { ...record, status: 'in-progress', creditsUsed: null }
            : { ...record, status: 'completed', creditsUsed: '0.610000' },
        ],
        nextBefore: null,
      }),
      '/api/account': { balance: '19.390000', held: '5.000000', available: '14.390000', isLowBalance: false },
    });
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.open();
    phone.hangUp();
    await vi.waitFor(() => expect(phone.state.ended?.settling).toBe(false));
    expect(phone.state.ended).toMatchObject({ status: 'completed', cost: 610_000n, balance: 19_390_000n });
  });

  it('that the books never hear of is not waited for without an end', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.ring();
    phone.hangUp();
    expect(phone.state.ended).toMatchObject({ status: 'canceled', settling: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(phone.state.ended).toBeNull();
  });

  it.each(['token', 'check'])('for which the relay refuses the session asks for a new %s', async (which) => {
    fakeRelay({ '/api/credits/check': { status: 401, code: 'unauthorized', error: 'x' } });
    const { phone, voice } = makePhone();
    if (which === 'check') await phone.dial(NUMBER);
    else {
      await phone.dial(NUMBER, CHECK);
      voice.handlers.onError(31204, 'invalid token');
    }
    expect(voice.forget).toHaveBeenCalled();
  });

  it('that was busy is told by its end alone', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.handlers.onError(31486, 'Busy here');
    expect(phone.state.problem).toBeNull();
  });

  it.each([
    ['NotAllowedError', 'microphone_blocked'],
    ['NotFoundError', 'no_microphone'],
  ])('says what the browser means by %s', async (name, code) => {
    fakeRelay();
    const { phone, voice } = makePhone();
    voice.dial.mockRejectedValue(new DOMException('x', name));
    await phone.dial(NUMBER);
    expect(phone.state).toMatchObject({ call: null, problem: { code } });
  });

  it('is one at a time', async () => {
    fakeRelay();
    const { phone, voice } = makePhone();
    await Promise.all([phone.dial(NUMBER), phone.dial(NUMBER)]);
    expect(voice.dial).toHaveBeenCalledTimes(1);
  });
});

describe('live events', () => {
  it('time the call from its answer, and tell its end', async () => {
    fakeRelay();
    const { phone, voice, live } = makePhone({ live: true });
    live.handlers.onState('live');
    await phone.dial(NUMBER);
    voice.ring();
    voice.open();
    expect(phone.state.call?.answeredAt).toBeNull();
    live.handlers.onEvent({ type: 'call.status', seq: 1, at, ...liveCall() }, false);
    expect(phone.state.call?.answeredAt).not.toBeNull();
    const end = liveCall({
      status: 'completed',
      durationSeconds: 61,
      cost: '0.610000',
      balance: '19.390000',
    });
    live.handlers.onEvent({ type: 'call.ended', seq: 2, at, ...end, billedSeconds: 120, why: null }, false);
    expect(phone.state.call).toBeNull();
    expect(phone.state.ended).toMatchObject({ billedSeconds: 120, cost: 610_000n, balance: 19_390_000n });
  });

  it('find a call again that this page does not speak in', () => {
    const { phone, live } = makePhone({ live: true });
    const calls = [liveCall({ durationSeconds: 30 })];
    live.handlers.onReady({ type: 'ready', seq: 5, balance: '20', available: '0', calls });
    expect(phone.state.call).toMatchObject({ here: false, phase: 'talking', callSid: SID });
    expect(Date.now() - (phone.state.call?.answeredAt ?? 0)).toBeGreaterThanOrEqual(30_000);
    live.handlers.onReady({ type: 'ready', seq: 9, balance: '19', available: '19', calls: [] });
    expect(phone.state.call).toBeNull();
  });

  it('show what a call that began elsewhere costs, by the price it began at', async () => {
    const price = { rate: '0.305', connectionFee: '0.1', minimumSeconds: 60, incrementSeconds: 60 };
    fakeRelay({
      '/api/calls/history': { calls: [{ callSid: SID, status: 'in-progress', ...price }], nextBefore: null },
    });
    const { phone, live } = makePhone({ live: true });
    const calls = [liveCall({ cost: '0' })];
    live.handlers.onReady({ type: 'ready', seq: 5, balance: '20', available: '0', calls });
    await vi.waitFor(() =>
      expect(phone.state.call?.price).toMatchObject({ rate: 305_000n, connectionFee: 100_000n }),
    );
  });

  it('show a call that could not be ended as it was, and say so', async () => {
    fakeRelay({ '/api/twilio/hangup': { status: 503, code: 'busy' } });
    const { phone, live } = makePhone({ live: true });
    live.handlers.onReady({ type: 'ready', seq: 5, balance: '20', available: '0', calls: [liveCall()] });
    phone.hangUp();
    expect(phone.state.call?.phase).toBe('ending');
    await vi.waitFor(() => expect(phone.state.problem?.code).toBe('relay_busy'));
    expect(phone.state.call?.phase).toBe('talking');
  });

  it('end what is said while they are away', () => {
    const { phone, live } = makePhone({ live: true });
    live.handlers.onState('unauthorized');
    expect(phone.state.problem?.code).toBe('session_expired');
    live.handlers.onState('live');
    expect(phone.state.problem).toBeNull();
  });

  it('of a kind that is not known change nothing', () => {
    const { phone, live } = makePhone({ live: true });
    const before = phone.state;
    live.handlers.onEvent({ type: 'weather', seq: 1, at } as unknown as LiveEvent, false);
    expect(phone.state).toEqual(before);
  });

  it('that are replayed never turn the state back', () => {
    const { phone, live } = makePhone({ live: true });
    live.handlers.onReady({ type: 'ready', seq: 5, balance: '19.5', available: '19.5', calls: [] });
    live.handlers.onEvent({ type: 'call.status', seq: 3, at, ...liveCall({ balance: '20' }) }, true);
    live.handlers.onEvent(
      { type: 'credit.changed', seq: 4, at, balance: '20', available: '20', kind: 'call' },
      true,
    );
    expect(phone.state.call).toBeNull();
    expect(moneyText(phone.state.funds!.balance)).toBe('19.500000');
  });

  it('show a top-up at once', () => {
    const { phone, live } = makePhone({ live: true });
    live.handlers.onEvent(
      { type: 'credit.changed', seq: 1, at, balance: '25', available: '25', kind: 'purchase' },
      false,
    );
    expect(moneyText(phone.state.funds!.balance)).toBe('25.000000');
  });

  const end = (change: object = {}) =>
    ({
      type: 'call.ended' as const,
      seq: 9,
      at,
      ...liveCall({ status: 'completed', durationSeconds: 5, balance: '19', available: '19', ...change }),
      billedSeconds: 60,
      why: null,
    }) as const;

  it('of another call leave the one that is shown', async () => {
    fakeRelay();
    const { phone, voice, live } = makePhone({ live: true });
    await phone.dial(NUMBER);
    voice.ring();
    const other = { callSid: 'CA2', number: '+442079460958' };
    live.handlers.onEvent({ type: 'call.status', seq: 8, at, ...liveCall(other) }, false);
    expect(phone.state.call).toMatchObject({ callSid: SID, number: NUMBER, phase: 'ringing' });
    live.handlers.onEvent({ type: 'call.mute', seq: 8, at, callSid: 'CA2', muted: true, id: 'm' }, false);
    live.handlers.onEvent(end(other), false);
    expect(phone.state.call).toMatchObject({ callSid: SID, muted: false });
    expect(phone.state.ended).toBeNull();
    expect(moneyText(phone.state.funds!.balance)).toBe('19.000000');
  });

  it('that were on their way when the caller hung up do not turn the call back', async () => {
    fakeRelay();
    const { phone, voice, live } = makePhone({ live: true });
    await phone.dial(NUMBER);
    voice.ring();
    voice.hangUp.mockImplementation(() => {});
    phone.hangUp();
    live.handlers.onEvent({ type: 'call.status', seq: 1, at, ...liveCall() }, false);
    expect(phone.state.call?.phase).toBe('ending');
  });

  it('that come back before the relay has heard of the call keep it', async () => {
    fakeRelay();
    const { phone, live } = makePhone({ live: true });
    await phone.dial(NUMBER);
    live.handlers.onReady({ type: 'ready', seq: 5, balance: '20', available: '20', calls: [] });
    expect(phone.state.call).toMatchObject({ number: NUMBER, here: true });
  });

  it('tell an end that happened meanwhile, but not the credit of then', async () => {
    fakeRelay();
    const { phone, voice, live } = makePhone({ live: true });
    await phone.dial(NUMBER);
    voice.ring();
    live.handlers.onReady({ type: 'ready', seq: 12, balance: '24', available: '24', calls: [] });
    live.handlers.onEvent(end(), true);
    expect(phone.state.ended).toMatchObject({ callSid: SID, settling: false });
    expect(moneyText(phone.state.funds!.balance)).toBe('24.000000');
  });

  it('warn of a credit that runs out', async () => {
    fakeRelay();
    const { phone, live } = makePhone({ live: true });
    await phone.dial(NUMBER);
    live.handlers.onEvent({ type: 'credit.low', seq: 1, at, available: '0', secondsLeft: 100 }, false);
    expect(phone.state.call?.lowCredit).toBe(true);
  });

  it('that do not come let the relay be asked for the credit, and a refused token be known', async () => {
    fakeRelay();
    const { phone, live } = makePhone({ live: true });
    live.handlers.onState('waiting');
    await vi.waitFor(() => expect(moneyText(phone.state.funds!.balance)).toBe('20.000000'));
    live.handlers.onState('unauthorized');
    expect(phone.state.problem?.code).toBe('session_expired');
  });

  it('hang up and mute, by the relay, a call that is in another tab', async () => {
    const requests = fakeRelay({
      '/api/twilio/hangup': { callSid: SID },
      '/api/twilio/mute': { muted: true, by: 'client' },
    });
    const { phone, voice, live } = makePhone({ live: true });
    live.handlers.onReady({ type: 'ready', seq: 5, balance: '20', available: '0', calls: [liveCall()] });
    phone.mute(true);
    await vi.waitFor(() => expect(phone.state.call?.muted).toBe(true));
    phone.hangUp();
    expect(phone.state.call?.phase).toBe('ending');
    await vi.waitFor(() =>
      expect(requests.filter(({ body }) => body !== null)).toEqual([
        { path: '/api/twilio/mute', body: { callSid: SID, muted: true } },
        { path: '/api/twilio/hangup', body: { callSid: SID } },
      ]),
    );
    expect(voice.hangUp).not.toHaveBeenCalled();
  });

  it('mute the voice that is here, and confirm it', async () => {
    fakeRelay();
    const { phone, voice, live } = makePhone({ live: true });
    await phone.dial(NUMBER);
    voice.ring();
    live.handlers.onEvent({ type: 'call.mute', seq: 1, at, callSid: SID, muted: true, id: 'm1' }, false);
    expect(phone.state.call?.muted).toBe(true);
    expect(live.sent).toEqual([{ type: 'call.muted', callSid: SID, muted: true, id: 'm1' }]);
  });
});

describe('quality', () => {
  it('is told once the call is over, and again with what the caller thought', async () => {
    const requests = fakeRelay({ [`/api/calls/${SID}/quality`]: { status: 204 } });
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.open();
    const sample = { mos: 4, jitterMs: 10, packetLoss: 0, roundTripMs: 50 };
    voice.handlers.onMeasurement(sample);
    voice.handlers.onMeasurement({ ...sample, mos: 3, jitterMs: 20 });
    voice.handlers.onWarning('high-jitter', true);
    voice.end();
    phone.quality.rate(SID, 2, ['choppy']);
    const told = () => requests.filter(({ path }) => path.endsWith('/quality')).map(({ body }) => body);
    const measured = { mos: 3.5, jitterMs: 15, packetLoss: 0, roundTripMs: 50, warnings: ['high-jitter'] };
    await vi.waitFor(() =>
      expect(told()).toEqual([measured, { ...measured, rating: 2, issues: ['choppy'] }]),
    );
  });

  it('of one call is never told as that of another', async () => {
    const requests = fakeRelay();
    const { phone, voice } = makePhone();
    await phone.dial(NUMBER);
    voice.handlers.onMeasurement({ mos: 4, jitterMs: 10, packetLoss: 0, roundTripMs: 50 });
    voice.end();
    phone.quality.rate('CA2', 5, []);
    const rated = () => requests.find(({ path }) => path === '/api/calls/CA2/quality')?.body;
    await vi.waitFor(() => expect(rated()).toEqual({ rating: 5, issues: [] }));
  });
});

it('a voice that comes back takes its trouble with it', async () => {
  fakeRelay();
  const { phone, voice } = makePhone();
  await phone.dial(NUMBER);
  voice.open();
  voice.handlers.onError(31005, 'gateway');
  voice.handlers.onState('reconnecting', SID);
  expect(phone.state.problem?.code).toBe('voice_unreachable');
  voice.open();
  expect(phone.state.problem).toBeNull();
});

it('quality of one call is not that of the one before', async () => {
  const requests = fakeRelay({ [`/api/calls/${SID}/quality`]: { status: 204 } });
  const { phone, voice } = makePhone();
  for (const mos of [1, 4]) {
    await phone.dial(NUMBER, CHECK);
    voice.handlers.onMeasurement({ mos, jitterMs: 1, packetLoss: 0, roundTripMs: 1 });
    voice.end();
  }
  await vi.waitFor(() => expect(requests.length).toBe(2));
  expect(requests.map(({ body }) => (body as { mos: number }).mos)).toEqual([1, 4]);
});

it('a page that was left in a call tells what became of it', async () => {
  const record = { callId: 'x', callSid: SID, status: 'completed', country: 'Jamaica', durationSeconds: 5 };
  fakeRelay();
  const first = makePhone();
  await first.phone.dial(NUMBER);
  first.voice.ring();
  fakeRelay({
    '/api/calls/history': {
      calls: [{ ...record, billedSeconds: 60, creditsUsed: '0.305000' }],
      nextBefore: null,
    },
  });
  // It is this tab's: another one has nothing to tell.
  expect([sessionStorage.length, localStorage.length]).toEqual([1, 0]);
  const { phone } = makePhone();
  phone.start();
  expect(phone.state.ended).toMatchObject({ callSid: SID, number: NUMBER, settling: true });
  await vi.waitFor(() => expect(phone.state.ended).toMatchObject({ settling: false, cost: 305_000n }));
  const third = makePhone();
  third.phone.start();
  expect(third.phone.state.ended).toBeNull();
});
