/** Stand-ins for what a dialer talks to: the relay's HTTP interface, its live events, the Voice SDK. */
import { vi } from 'vitest';
import type { CreditCheck } from '../src/api/types.ts';
import type { LiveCall, LiveHandlers } from '../src/live/live.ts';
import { Phone } from '../src/phone/phone.ts';
import type { VoiceHandlers } from '../src/voice/voice.ts';

export const NUMBER = '+18764441234';
export const SID = 'CA00000000000000000000000000000001';

export const CHECK: CreditCheck = {
  allowed: true,
  reason: null,
  message: null,
  hasEnoughCredits: true,
  currentBalance: '20.000000',
  available: '20.000000',
  ratePerMinute: '0.305000',
  connectionFee: '0.000000',
  minimumSeconds: 60,
  incrementSeconds: 60,
  requiredCredits: '0.305000',
  estimatedMinutes: 65,
  maxSeconds: 3900,
  isLowBalance: false,
  country: 'Jamaica',
};

type Answer = object | ((url: URL) => object);

const ANSWERS: Record<string, Answer> = {
  '/api/account': { balance: '20.000000', held: '0.000000', available: '20.000000', isLowBalance: false },
  '/api/credits/check': CHECK,
  '/api/calls/history': { calls: [], nextBefore: null },
  '/api/ledger': { entries: [], nextBefore: null },
  '/api/rates/countries': {
    countries: [
      {
        country: 'Jamaica',
        isoCountry: 'JM',
        continent: 'North America',
        callingCodes: ['+1876', '+1658'],
        rateMin: '0.305000',
        rateMax: '0.410000',
        formattedRate: '$0.305/min',
      },
    ],
  },
  '/api/twilio/token': { token: 'a.b.c', identity: 'u_1', ttl: 3600, expiresAt: '2030-01-01T00:00:00Z' },
};

/** The relay as fetch() meets it; a status that is not 200 is given as `status`. */
export function fakeRelay(answers: Record<string, Answer> = {}) {
  const requests: { path: string; body: unknown }[] = [];
  const all: Record<string, Answer> = { ...ANSWERS, ...answers };
  vi.stubGlobal('fetch', async (path: string, options: RequestInit = {}) => {
    const url = new URL(path, 'http://relay');
    requests.push({ path: url.pathname, body: options.body ? JSON.parse(String(options.body)) : null });
    const given = all[url.pathname];
    const { status = 200, ...answer } = (
      typeof given === 'function' ? given(url) : (given ?? { status: 404 })
    ) as {
      status?: number;
    };
    return new Response(status === 204 ? null : JSON.stringify({ success: status < 400, ...answer }), {
      status,
    });
  });
  return requests;
}

export class FakeVoice {
  static latest: FakeVoice;
  handlers: VoiceHandlers;
  calling = false;
  microphones = [];
  speakers = [];
  choosesSpeaker = false;
  prepare = vi.fn(async () => undefined);
  dial = vi.fn(async () => {
    this.calling = true;
  });
  hangUp = vi.fn(() => this.end());
  mute = vi.fn((muted: boolean) => this.handlers.onMute(muted));
  sendDigits = vi.fn();
  forget = vi.fn();
  stop = vi.fn();

  constructor(_options: unknown, handlers: VoiceHandlers) {
    this.handlers = handlers;
    FakeVoice.latest = this;
  }

  ring = () => this.handlers.onState('ringing', SID);
  open = () => this.handlers.onState('open', SID);

  end() {
    this.calling = false;
    this.handlers.onState('closed', SID);
  }
}

export class FakeLive {
  static latest: FakeLive;
  handlers: LiveHandlers;
  sent: object[] = [];
  start = vi.fn();
  stop = vi.fn();

  constructor(_url: string, _token: unknown, handlers: LiveHandlers) {
    this.handlers = handlers;
    FakeLive.latest = this;
  }

  send(message: object) {
    this.sent.push(message);
  }
}

/** A phone with fakes for its voice and, if asked for, its live events. */
export function makePhone({ live = false } = {}) {
  const config = { version: '0.1.0', ...(live && { liveUrl: 'ws://relay/live' }) };
  const parts = { Voice: FakeVoice, Live: FakeLive } as unknown as NonNullable<
    ConstructorParameters<typeof Phone>[0]['parts']
  >;
  const phone = new Phone({ relay: '', token: async () => 'jwt', config, parts });
  return { phone, voice: FakeVoice.latest, live: FakeLive.latest };
}

export const liveCall = (change: Partial<LiveCall> = {}): LiveCall => ({
  callSid: SID,
  callId: '11111111-1111-4111-8111-111111111111',
  status: 'in-progress',
  number: NUMBER,
  durationSeconds: 0,
  cost: '0.305000',
  balance: '20.000000',
  available: '0.000000',
  secondsLeft: 3900,
  maxSeconds: 3900,
  ...change,
});
