import { useEffect, useRef, useState } from 'react';
import type { MouseEvent, RefObject } from 'react';
import type { Country } from '../numbers/countries.ts';
import { formatNumber } from '../numbers/numbers.ts';
import { useTwilio, useWords } from '../react/provider.tsx';
import type { Countries } from '../react/use-countries.ts';
import { useQuote, type Quote } from '../react/use-quote.ts';
import type { ActiveCall } from '../phone/state.ts';
import { CallMoney, CallScreen } from './call-screen.tsx';
import { CountrySheet } from './country-sheet.tsx';
import { EndedCard } from './ended-card.tsx';
import { Flag } from './flag.tsx';
import { Icon } from './icon.tsx';
import { Keypad } from './keypad.tsx';
import { NumberField } from './number-field.tsx';
import { PriceLine } from './price-line.tsx';
import { ProblemBar } from './problem-bar.tsx';
import { useRingback } from './ringback.ts';
import type { DialledNumber } from './use-number.ts';
import { useTyping } from './use-typing.ts';

/** Who pressed so soon after the call was over meant to end it. */
const MEANT_THE_END_MS = 400;

/** The buttons that call and that hang up stand in one place: the second click of a double one is for neither. */
const once = (press: () => void) => (event: MouseEvent) => {
  if (event.detail <= 1) press();
};

interface StageProps {
  number: DialledNumber;
  countries: Countries;
  recent: Country[];
  field: RefObject<HTMLInputElement | null>;
}

interface CalledNumberProps {
  call: ActiveCall;
  country: Country | null;
  /** What was sent to the far end; null while the keys are hidden. */
  tones: string | null;
  onHide(): void;
}

function CalledNumber({ call, country, tones, onHide }: CalledNumberProps) {
  const { messages } = useWords();
  return (
    <div className="wt-number wt-number-called">
      <span className="wt-number-country">
        <Flag iso={country?.isoCountry ?? null} />
      </span>
      {tones === null ? (
        <p className="wt-number-text" dir="ltr">
          {formatNumber(call.number)}
        </p>
      ) : (
        <output className="wt-number-text" dir="ltr" aria-label={messages.keypad.sent}>
          {tones}
        </output>
      )}
      {tones !== null && (
        <button type="button" className="wt-number-erase" aria-label={messages.keypad.hide} onClick={onHide}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function InCall({ call, countries }: { call: ActiveCall; countries: Countries }) {
  const { hangUp, sendDigits } = useTwilio();
  const { messages, place } = useWords();
  const country = countries.codes.find(call.number.replace(/\D/g, ''))?.country ?? null;
  const [keys, setKeys] = useState(false);
  const [tones, setTones] = useState('');
  const send = (key: string) => {
    if (!/^[\d*#]$/.test(key)) return;
    setTones((known) => known + key);
    sendDigits(key);
  };
  useTyping({ onKey: send });
  useRingback(call.phase === 'ringing' && call.here);
  return (
    <>
      <CalledNumber call={call} country={country} tones={keys ? tones : null} onHide={() => setKeys(false)} />
      <CallMoney call={call} where={place(country?.isoCountry ?? null, call.country)} />
      <div className="wt-pad-area">
        {keys ? <Keypad onKey={send} /> : <CallScreen call={call} onKeypad={() => setKeys(true)} />}
      </div>
      <div className="wt-action">
        <button type="button" className="wt-call-button wt-hang-up" onClick={once(hangUp)}>
          <Icon name="hangUp" size={28} />
          <span>{messages.call.hangUp}</span>
        </button>
      </div>
    </>
  );
}

interface ReadyProps extends StageProps {
  quote: Quote;
  onCall(): void;
}

function Ready({ number, countries, recent, field, quote, onCall }: ReadyProps) {
  const { ended, problem, dismiss, prepare } = useTwilio();
  const { messages } = useWords();
  const [choosing, setChoosing] = useState<string | null>(null);
  const { type, digits } = number;
  const edit = () => field.current?.focus();
  const press = (key: string) => {
    dismiss();
    type(key);
  };
  // What is typed faster than the list opens is looked for as well.
  const search = (letter: string) => setChoosing((known) => (known ?? '') + letter);
  useTyping({ onKey: press, onErase: number.erase, onCall, onLetters: search });
  // The first digit is a good moment to fetch what a call needs.
  useEffect(() => {
    if (digits !== '') prepare();
  }, [digits !== '']);
  const again = ended !== null;
  const label = again ? messages.ended.callAgain : messages.keypad.call;
  return (
    <>
      <NumberField
        number={number}
        field={field}
        onCall={onCall}
        onLetters={setChoosing}
        onCountry={() => setChoosing('')}
      />
      <PriceLine number={number} quote={quote} onEdit={edit} />
      <div className="wt-pad-area">
        {ended ? <EndedCard ended={ended} onDone={dismiss} /> : <Keypad onKey={press} />}
        {problem && <ProblemBar problem={problem} onRetry={number.e164 ? onCall : null} />}
      </div>
      <div className="wt-action">
        <button
          type="button"
          className="wt-call-button"
          aria-disabled={(quote.state !== 'known' && !again) || undefined}
          onClick={once(onCall)}
        >
          <Icon name="phone" size={28} />
          <span>{label}</span>
        </button>
      </div>
      <CountrySheet
        open={choosing !== null}
        start={choosing ?? ''}
        countries={countries}
        recent={recent}
        field={field}
        onClose={() => setChoosing(null)}
        onChoose={(country) => {
          dismiss();
          number.choose(country);
          setChoosing(null);
        }}
      />
    </>
  );
}

/** Number, price, keys and call button: each keeps its place from the first paint to the end of the call. */
export function Stage(props: StageProps) {
  const { call, ended, dial } = useTwilio();
  const { number } = props;
  const quote = useQuote(call ? null : number.e164);
  const calling = call !== null;
  const last = useRef({ calling, over: 0 });
  if (last.current.calling !== calling) last.current = { calling, over: ended ? Date.now() : 0 };
  const onCall = () => {
    if (Math.abs(Date.now() - last.current.over) < MEANT_THE_END_MS) return;
    if (number.e164 && quote.state === 'known') dial(number.e164, quote.check);
    else if (ended) dial(ended.number);
    else props.field.current?.focus();
  };
  return (
    <div className="wt-stage" data-phase={call?.phase ?? 'ready'}>
      {call ? (
        <InCall call={call} countries={props.countries} />
      ) : (
        <Ready {...props} quote={quote} onCall={onCall} />
      )}
    </div>
  );
}
