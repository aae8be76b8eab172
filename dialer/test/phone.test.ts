import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
  const { phone } = makePhone();
  phone.start();
  expect(phone.state.ended).toMatchObject({ callSid: SID, number: NUMBER, settling: true });
  await vi.waitFor(() => expect(phone.state.ended).toMatchObject({ settling: false, cost: 305_000n }));
  const third = makePhone();
  third.phone.start();
  expect(third.phone.state.ended).toBeNull();
});
