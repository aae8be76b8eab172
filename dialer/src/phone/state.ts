/** What a dialer shows: one state, changed by plain functions of what the relay, the voice and the caller do. */
import type { LiveState } from '../live/live.ts';
import { parseMoney, type Micros } from '../money/money.ts';
import type { Price } from '../money/billing.ts';
import type { CallStatus } from '../api/types.ts';

/** connecting: nobody rings yet. elsewhere calls have no voice here. */
export type Phase = 'connecting' | 'ringing' | 'talking' | 'ending';

export interface ActiveCall {
  callSid: string | null;
  number: string;
  country: string | null;
  price: Price | null;
  phase: Phase;
  /** When it was answered, in milliseconds since 1970 by this clock. */
  answeredAt: number | null;
  maxSeconds: number | null;
  /** What the relay last said it costs; the price says what it costs in between. */
  cost: Micros | null;
  muted: boolean;
  /** Whether its voice is in this page, and not in another tab or device. */
  here: boolean;
  /** The voice is lost, and is being brought back. */
  reconnecting: boolean;
  /** The SDK's warnings in force. */
  warnings: string[];
  lowCredit: boolean;
}

export interface EndedCall {
  callSid: string | null;
  callId: string | null;
  number: string;
  country: string | null;
  status: CallStatus;
  why: string | null;
  seconds: number;
  billedSeconds: number | null;
  cost: Micros | null;
  balance: Micros | null;
  /** The books have not said yet what it cost. */
  settling: boolean;
}

export interface Funds {
  balance: Micros;
  available: Micros;
  /** When this was known, in milliseconds since 1970. */
  at: number;
}

/** What went wrong, by the code of a sentence in the language's file; `detail` may stand small under it. */
export interface Problem {
  code: string;
  detail: string | null;
}

export interface PhoneState {
  live: LiveState;
  funds: Funds | null;
  call: ActiveCall | null;
  ended: EndedCall | null;
  problem: Problem | null;
  /** Rises with each change of the books, so that lists know when to look again. */
  booksVersion: number;
}

export const EMPTY: PhoneState = {
  live: 'off',
  funds: null,
  call: null,
  ended: null,
  problem: null,
  booksVersion: 0,
};

export const newCall = (number: string, here: boolean): ActiveCall => ({
  callSid: null,
  number,
  country: null,
  price: null,
  phase: 'connecting',
  answeredAt: null,
  maxSeconds: null,
  cost: null,
  muted: false,
  here,
  reconnecting: false,
  warnings: [],
  lowCredit: false,
});

export const fundsOf = (balance: string, available: string): Funds => ({
  balance: parseMoney(balance),
  available: parseMoney(available),
  at: Date.now(),
});

const FINAL: CallStatus[] = ['completed', 'busy', 'failed', 'no-answer', 'canceled', 'rejected'];

export const isOver = (status: CallStatus) => FINAL.includes(status);

export function phaseOf(status: CallStatus): Phase {
  if (status === 'in-progress') return 'talking';
  return status === 'ringing' ? 'ringing' : 'connecting';
}

/** Seconds since the answer, with fractions. */
export function talkedSeconds(call: ActiveCall, now: number): number {
  return call.answeredAt === null ? 0 : Math.max(0, (now - call.answeredAt) / 1000);
}
