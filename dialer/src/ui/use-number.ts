import { useCallback, useMemo, useState } from 'react';
import type { Country } from '../numbers/countries.ts';
import { codeDigits } from '../numbers/countries.ts';
import { DIGITS_MAX, formatDigits, readDigits, stateOf, type NumberState } from '../numbers/numbers.ts';
import type { Countries } from '../react/use-countries.ts';

export interface DialledNumber {
  /** Without the plus. */
  digits: string;
  text: string;
  state: NumberState;
  country: Country | null;
  /** E.164, once it may be called. */
  e164: string | null;
  type(key: string): void;
  erase(): void;
  clear(): void;
  /** Takes any notation; answers the digits that it came to. */
  write(text: string): string;
  choose(country: Country): void;
}

/** Three digits more than any number has: enough to be seen as too many. */
const KEPT_MAX = DIGITS_MAX + 3;

/** The number that is being typed, and the country that it leads to. */
export function useNumber({ codes }: Countries): DialledNumber {
  const [digits, setDigits] = useState('');
  const found = useMemo(() => codes.find(digits), [codes, digits]);
  const country = found?.country ?? null;
  const iso = country?.isoCountry;
  const state = stateOf(digits, found?.digits);

  const write = useCallback(
    (text: string) => {
      const read = readDigits(text, iso).slice(0, KEPT_MAX);
      setDigits(read);
      return read;
    },
    [iso],
  );
  const type = useCallback((key: string) => {
    if (/^\d$/.test(key)) setDigits((known) => readDigits(known + key).slice(0, KEPT_MAX));
    if (key === '+') setDigits('');
  }, []);

  return {
    digits,
    text: formatDigits(digits),
    state,
    country,
    e164: state === 'complete' ? `+${digits}` : null,
    type,
    write,
    erase: useCallback(() => setDigits((known) => known.slice(0, -1)), []),
    clear: useCallback(() => setDigits(''), []),
    choose: useCallback((chosen: Country) => setDigits(codeDigits(chosen.callingCodes[0] ?? '')), []),
  };
}
