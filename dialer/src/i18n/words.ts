/** Amounts, times and names in the caller's language. */
import { formatMoney, parseMoney, type Micros } from '../money/money.ts';
import type { Messages } from './index.ts';

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

/** A billing step: "the minute", "the second", "6 seconds". */
export const stepText = (seconds: number, { units }: Messages) =>
  seconds === 60 ? units.aMinute : units.everySeconds(seconds);

/** Making one of Intl's formats takes far longer than using it: each is made when it is first wanted. */
function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}

function regionNames(locale: string) {
  const names = once(() => new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' }));
  return (iso: string | null, fallback: string | null) => {
    try {
      return (iso && names().of(iso)) || fallback || '';
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

export function wordsFor(locale: string, messages: Messages): Words {
  const format = (options: Intl.DateTimeFormatOptions) =>
    once(() => new Intl.DateTimeFormat(locale, options));
  const hours = format({ hour: 'numeric', minute: '2-digit' });
  const days = format({ day: 'numeric', month: 'short' });
  const datesOfYears = format({ day: 'numeric', month: 'short', year: 'numeric' });
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
    time: (moment) => hours().format(new Date(moment)),
    day(moment) {
      const [date, today] = [new Date(moment), new Date()];
      const ago = dayNumber(today) - dayNumber(date);
      if (ago === 0) return messages.recents.today;
      if (ago === 1) return messages.recents.yesterday;
      return (date.getFullYear() === today.getFullYear() ? days : datesOfYears)().format(date);
    },
  };
}
