import { describe, expect, it } from 'vitest';
import { billedSeconds, costOf, readPrice, runningSeconds, secondsToNextStep } from '../src/money/billing.ts';
import { formatMoney, moneyText, parseMoney } from '../src/money/money.ts';

const price = (rate: string, minimumSeconds = 60, incrementSeconds = 60, connectionFee = '0') =>
  readPrice({ rate, connectionFee, minimumSeconds, incrementSeconds });

describe('money', () => {
  it.each(['0.000000', '19.390000', '-0.610000', '-0.000001', '123456789012.345678'])('keeps %s', (text) => {
    expect(moneyText(parseMoney(text))).toBe(text);
  });

  it.each(['', '1.', '1.2345678', 'x', '1e3'])('refuses "%s"', (text) => {
    expect(() => parseMoney(text)).toThrow(RangeError);
  });

  it('shows two decimals, or as many as are charged', () => {
    const shown = (text: string, locale = 'en') => formatMoney(parseMoney(text), locale);
    expect([shown('0.61'), shown('0.305'), shown('0.000001'), shown('20')]).toEqual([
      '$0.61',
      '$0.305',
      '$0.000001',
      '$20.00',
    ]);
    expect(shown('1234.5', 'de').replace(/\s/, ' ')).toBe('1.234,50 $');
    expect(formatMoney(parseMoney('-0.61'), 'en', 'always')).toBe('−$0.61');
    expect([formatMoney(5_000_000n, 'en'), formatMoney(5_000_000n, 'en', 'always')]).toEqual([
      '$5.00',
      '+$5.00',
    ]);
    expect(formatMoney(123_456_789_012_345_678n, 'en')).toBe('$123,456,789,012.345678');
  });
});

describe('billing', () => {
  it.each([
    [60, 60, [0, 1, 59, 60, 61, 120, 121], [0, 60, 60, 60, 120, 120, 180]],
    [30, 6, [1, 30, 31, 36, 37], [30, 30, 36, 36, 42]],
    [1, 1, [1, 2, 59], [1, 2, 59]],
  ])('bills %i/%i', (minimum, increment, talked, billed) => {
    expect(talked.map((seconds) => billedSeconds(price('1', minimum, increment), seconds))).toEqual(billed);
  });

  it('rounds once, half up', () => {
    expect(moneyText(costOf(price('0.000001', 30, 30), 30))).toBe('0.000001');
    expect(moneyText(costOf(price('0.000001', 29, 29), 29))).toBe('0.000000');
    expect(moneyText(costOf(price('0.305'), 61))).toBe('0.610000');
    expect(moneyText(costOf(price('0.01', 60, 60, '0.05'), 1))).toBe('0.060000');
  });

  it('counts a started step of a running call', () => {
    const terms = price('0.305');
    expect(billedSeconds(terms, runningSeconds(0))).toBe(60);
    expect(billedSeconds(terms, runningSeconds(59.9))).toBe(60);
    expect(billedSeconds(terms, runningSeconds(60))).toBe(120);
    expect([0, 37, 59, 60].map((seconds) => secondsToNextStep(terms, seconds))).toEqual([60, 23, 1, 60]);
  });
});
