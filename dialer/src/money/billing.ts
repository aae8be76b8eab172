/**
 * The arithmetic of a call's price, as the database does it: the minimum, then whole steps, rounded once at the end,
 * half up. What is shown during a call comes from here; what is charged, from the database alone.
 */
import { parseMoney, type Micros } from './money.ts';

export interface Price {
  /** Credits a minute. */
  rate: Micros;
  /** Once, when the call is answered. */
  connectionFee: Micros;
  minimumSeconds: number;
  incrementSeconds: number;
}

/** A price as the relay tells it. */
export interface PriceTexts {
  rate: string;
  connectionFee: string;
  minimumSeconds: number;
  incrementSeconds: number;
}

const MINUTE = 60n;

export const readPrice = ({ rate, connectionFee, minimumSeconds, incrementSeconds }: PriceTexts): Price => ({
  rate: parseMoney(rate),
  connectionFee: parseMoney(connectionFee),
  minimumSeconds,
  incrementSeconds,
});

/** The seconds that a call of so many answered seconds is billed for. */
export function billedSeconds({ minimumSeconds, incrementSeconds }: Price, seconds: number): number {
  if (seconds <= 0) return 0;
  const steps = Math.ceil(Math.max(0, seconds - minimumSeconds) / incrementSeconds);
  return minimumSeconds + steps * incrementSeconds;
}

/** What a call of so many answered seconds costs. */
export function costOf(price: Price, seconds: number): Micros {
  if (seconds <= 0) return 0n;
  const minutes60 = price.rate * BigInt(billedSeconds(price, seconds));
  return price.connectionFee + (minutes60 + MINUTE / 2n) / MINUTE;
}

/** A running call is charged for the step that it is in: from its first moment on for the first one. */
export const runningSeconds = (seconds: number) => Math.floor(seconds) + 1;

/** Seconds until the next step begins to be charged. */
export function secondsToNextStep(price: Price, seconds: number): number {
  return billedSeconds(price, runningSeconds(seconds)) - Math.floor(seconds);
}
