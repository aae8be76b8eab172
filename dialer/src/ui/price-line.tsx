import type { CreditCheck } from '../api/types.ts';
import { parseMoney } from '../money/money.ts';
import type { Country } from '../numbers/countries.ts';
import { useSurroundings, useWords } from '../react/provider.tsx';
import type { Quote } from '../react/use-quote.ts';
import type { Words } from '../i18n/words.ts';
import { Icon } from './icon.tsx';
import type { DialledNumber } from './use-number.ts';

const STANDARD_STEP = 60;

/** Fee and steps, where they are not what everybody expects. */
function terms({ connectionFee, minimumSeconds, incrementSeconds }: CreditCheck, words: Words): string[] {
  const { price } = words.messages;
  const minimum = minimumSeconds ?? STANDARD_STEP;
  const step = incrementSeconds ?? STANDARD_STEP;
  return [
    ...(connectionFee && parseMoney(connectionFee) > 0n ? [price.fee(words.money(connectionFee))] : []),
    ...(minimum === STANDARD_STEP && step === STANDARD_STEP
      ? []
      : [price.steps(words.step(minimum), words.step(step))]),
  ];
}

function Known({ check, country }: { check: CreditCheck; country: Country | null }) {
  const words = useWords();
  const { price } = words.messages;
  const where = words.place(country?.isoCountry ?? null, check.country);
  const rate = price.perMinute(words.money(check.ratePerMinute ?? '0'));
  return (
    <>
      <p className="wt-price-main">{[where, rate, ...terms(check, words)].filter(Boolean).join(' · ')}</p>
      <p className="wt-price-more">
        {price.lasts(words.span(check.maxSeconds ?? 0), words.money(check.available))}
      </p>
    </>
  );
}

function CountryPrice({ country }: { country: Country }) {
  const words = useWords();
  const { price } = words.messages;
  const rate =
    country.rateMin === country.rateMax
      ? price.perMinute(words.money(country.rateMin))
      : price.range(words.money(country.rateMin), words.money(country.rateMax));
  return (
    <p className="wt-price-main">
      {words.place(country.isoCountry, country.country)} · {rate}
    </p>
  );
}

/** What keeps this number from being called, and the one thing that helps. */
export function Refusal({ text, code, onEdit }: { text: string; code: string; onEdit(): void }) {
  const { words, onTopUp, onSignIn } = useSurroundings();
  const { messages } = words;
  const { door } = messages;
  const [label, open] =
    code === 'insufficient_credit' && onTopUp
      ? [door.topUp, onTopUp]
      : code === 'session_expired' && onSignIn
        ? [door.signIn, onSignIn]
        : [door.editNumber, onEdit];
  return (
    <div className="wt-refusal">
      <Icon name="warning" size={20} />
      <p>
        {text}{' '}
        <button type="button" className="wt-link" onClick={open}>
          {label}
        </button>
      </p>
    </div>
  );
}

interface PriceLineProps {
  number: DialledNumber;
  quote: Quote;
  onEdit(): void;
}

function refusalText(code: string, { messages }: Words): string {
  const { refusal, problem } = messages;
  const sentence = (refusal as Record<string, unknown>)[code] ?? (problem as Record<string, string>)[code];
  return typeof sentence === 'string' ? sentence : problem.unknown;
}

function Content({ number, quote, onEdit }: PriceLineProps) {
  const words = useWords();
  const { refusal, price } = words.messages;
  if (number.state === 'emergency')
    return <Refusal code="emergency" text={refusal.emergency(number.digits)} onEdit={onEdit} />;
  if (number.state === 'long') return <Refusal code="too_long" text={refusal.too_long} onEdit={onEdit} />;
  if (quote.state === 'known') return <Known check={quote.check} country={number.country} />;
  if (quote.state === 'refused')
    return <Refusal code={quote.code} text={refusalText(quote.code, words)} onEdit={onEdit} />;
  if (number.country) return <CountryPrice country={number.country} />;
  // No calling code begins with a zero.
  if (/^0[1-9]/.test(number.digits))
    return <Refusal code="invalid_number" text={refusal.invalid_number} onEdit={onEdit} />;
  return number.state === 'empty' ? <p className="wt-price-more">{price.start}</p> : null;
}

/** What a call to this number will cost: it never moves what stands below it. */
export function PriceLine(props: PriceLineProps) {
  return (
    <div className="wt-price" role="status">
      <Content {...props} />
    </div>
  );
}
