import { afterEach, expect, it, vi } from 'vitest';
import { chooseLanguage, en, loadMessages } from '../src/i18n/index.ts';
import { clock, spanText, wordsFor } from '../src/i18n/words.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

it('a clock has minutes and seconds, and hours when there are some', () => {
  expect([0, 59, 61.9, 3599, 3605].map(clock)).toEqual(['0:00', '0:59', '1:01', '59:59', '1:00:05']);
});

it('a span is rounded down, and told in what people count in', () => {
  expect([45, 119, 3900, 6000, 7200].map((seconds) => spanText(seconds, en))).toEqual([
    '45 s',
    '1 min',
    '65 min',
    '1 h 40 min',
    '2 h',
  ]);
});

it('a day begins at midnight where the caller is', () => {
  vi.stubEnv('TZ', 'America/New_York');
  vi.useFakeTimers({ now: new Date(2026, 5, 15, 0, 30) });
  const { day } = wordsFor('en', en);
  const told = (...moment: [number, number, number, number]) => day(new Date(...moment).toISOString());
  expect(told(2026, 5, 15, 0)).toBe('Today');
  expect(told(2026, 5, 14, 23)).toBe('Yesterday');
  expect(told(2026, 5, 14, 0)).toBe('Yesterday');
  expect(told(2026, 5, 13, 23)).toBe('Jun 13');
  expect(told(2025, 5, 15, 0)).toBe('Jun 15, 2025');
});

it('the first language that there is among those that the browser wants', () => {
  expect(chooseLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(chooseLanguage(['fr'])).toBe('en');
});

it('sentences of both languages name what was billed and what was talked in their order', async () => {
  const { ended } = await loadMessages('de');
  expect(ended.billed('2 min', '1:01')).toBe('2 min berechnet von 1:01 Gespräch');
  expect(en.ended.billed('2 min', '1:01')).toBe('2 min billed of 1:01 talked');
});
