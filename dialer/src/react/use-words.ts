/** Amounts, times and names in the caller's language. */
import { useMemo } from 'react';
import { formatMoney, parseMoney, type Micros } from '../money/money.ts';
import type { Messages } from '../i18n/index.ts';
import { useSurroundings } from './provider.tsx';

const pad = (n: number) => String(n).padStart(2, '0');

/** "1:01", "1:00:05". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** "45 s", "65 min", "4 h": as long as it is, rounded down. */
export function spanText(seconds: number, { units }: Messages): string {
  if (seconds < 60) return units.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return units.minutes(minutes);
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  return m === 0 ? units.hours(h) : units.hoursMinutes(h, m);
}

/** A billing step: "the minute", "6 seconds". */
export const stepText = (seconds: number, { units }: Messages) =>
  seconds === 60 ? units.aMinute : units.everySeconds(seconds);

function regionNames(locale: string) {
  const names = new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' });
  return (iso: string | null, fallback: string | null) => {
    try {
      return (iso && names.of(iso)) || fallback || '';
    } catch {
      return fallback ?? '';
    }
  };
}

export interface Words {
  messages: Messages;
  locale: string;
  money(amount: Micros | string, sign?: 'auto' | 'always'): string;
  /** The country's name in the caller's language. */
  place(iso: string | null, fallback: string | null): string;
  span(seconds: number): string;
  step(seconds: number): string;
  time(moment: string | number): string;
  day(moment: string): string;
}

function wordsFor(locale: string, messages: Messages): Words {
  const hours = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
  const datesOfYears = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  const dayNumber = (date: Date) =>
    Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);
  return {
    messages,
    locale,
    money: (amount, sign) =>
      formatMoney(typeof amount === 'string' ? parseMoney(amount) : amount, locale, sign),
    place: regionNames(locale),
    span: (seconds) => spanText(seconds, messages),
    step: (seconds) => stepText(seconds, messages),
    time: (moment) => hours.format(new Date(moment)),
    day(moment) {
      const [date, today] = [new Date(moment), new Date()];
      const ago = dayNumber(today) - dayNumber(date);
      if (ago === 0) return messages.recents.today;
      if (ago === 1) return messages.recents.yesterday;
      return (date.getFullYear() === today.getFullYear() ? days : datesOfYears).format(date);
    },
  };
}

export function useWords(): Words {
  const { locale, messages } = useSurroundings();
  return useMemo(() => wordsFor(locale, messages), [locale, messages]);
}
