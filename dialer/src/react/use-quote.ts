import { useEffect, useState } from 'react';
import type { CreditCheck } from '../api/types.ts';
import { problemOf } from '../phone/problems.ts';
import { usePhone, usePhoneState } from './provider.tsx';

const PAUSE_MS = 150;
const RETRY_MS = 3000;
/** What the relay says, or does not, only for now. */
const PASSING = new Set(['relay_away', 'relay_busy', 'too_many_requests', 'carrier_error']);

/** What a call to the number would cost, or why there can be none. */
export type Quote =
  | { state: 'none' }
  | { state: 'asking' }
  | { state: 'known'; check: CreditCheck }
  | { state: 'refused'; code: string; check: CreditCheck | null };

const NONE: Quote = { state: 'none' };

const quoteOf = (check: CreditCheck): Quote =>
  check.allowed ? { state: 'known', check } : { state: 'refused', code: check.reason ?? 'unknown', check };

/** Asks once the number rests; null asks nothing. Asks again when the credit changes, or no answer came. */
export function useQuote(number: string | null): Quote {
  const { api } = usePhone();
  const available = usePhoneState().funds?.available ?? null;
  const [known, setKnown] = useState<{ number: string; quote: Quote } | null>(null);

  useEffect(() => {
    if (number === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const quote = quoteOf(await api.checkCredit(number, stop.signal));
        setKnown({ number, quote });
      } catch (error) {
        if (stop.signal.aborted) return;
        const { code } = problemOf(error);
        setKnown({ number, quote: { state: 'refused', code, check: null } });
        if (PASSING.has(code)) timer = setTimeout(ask, RETRY_MS);
      }
    };
    timer = setTimeout(ask, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [api, number, available]);

  if (number === null) return NONE;
  if (known?.number === number) return known.quote;
  return { state: 'asking' };
}
