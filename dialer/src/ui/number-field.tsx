import { useWords } from '../react/provider.tsx';
import { useLayoutEffect, useRef, useState } from 'react';
import type { ChangeEvent, KeyboardEvent, Ref } from 'react';
import { Flag } from './flag.tsx';
import { Icon } from './icon.tsx';
import { useHold } from './use-hold.ts';
import type { DialledNumber } from './use-number.ts';

/** On a touch screen the page's own keys are the keyboard. */
const hasTouch = () => globalThis.matchMedia?.('(pointer: coarse)').matches ?? false;

const digitsBefore = (text: string, caret: number) => text.slice(0, caret).replace(/\D/g, '').length;

/** Where the caret stands in `text` behind so many digits. */
function caretBehind(text: string, digits: number): number {
  let position = 0;
  for (let seen = 0; position < text.length && seen < digits; position++)
    if (/\d/.test(text[position]!)) seen++;
  return digits === 0 ? 0 : position;
}

interface NumberFieldProps {
  number: DialledNumber;
  field: Ref<HTMLInputElement>;
  onCall(): void;
  /** Letters are looked for among the countries. */
  onLetters(text: string): void;
  onCountry(): void;
}

export function NumberField({ number, field, onCall, onLetters, onCountry }: NumberFieldProps) {
  const { messages, place } = useWords();
  const own = useRef<HTMLInputElement>(null);
  const [behind, setBehind] = useState<number | null>(null);
  const erase = useHold(number.erase, number.clear);
  const { country } = number;

  useLayoutEffect(() => {
    if (behind === null || !own.current || document.activeElement !== own.current) return;
    const caret = caretBehind(number.text, behind);
    own.current.setSelectionRange(caret, caret);
  }, [number.text, behind]);

  function change({ currentTarget }: ChangeEvent<HTMLInputElement>) {
    const { value, selectionStart } = currentTarget;
    if (/^\s*\p{L}\P{Nd}*$/u.test(value)) return onLetters(value.trim());
    const caret = digitsBefore(value, selectionStart ?? value.length);
    const given = value.replace(/\D/g, '').length;
    // What is taken away before the caret (the 00 of a pasted number) moves it, too.
    setBehind(Math.max(0, caret + number.write(value).length - given));
  }

  function press(event: KeyboardEvent) {
    if (event.key === 'Enter') onCall();
  }

  return (
    <div className="wt-number">
      <button type="button" className="wt-number-country" onClick={onCountry} aria-haspopup="dialog">
        <Flag iso={country?.isoCountry ?? null} />
        <Icon name="down" size={18} />
        <span className="wt-hidden">
          {country
            ? messages.field.country(place(country.isoCountry, country.country))
            : messages.field.noCountry}
        </span>
      </button>
      <input
        ref={(element) => {
          own.current = element;
          if (typeof field === 'function') field(element);
          else if (field) field.current = element;
        }}
        className="wt-number-text"
        dir="ltr"
        type="tel"
        inputMode={hasTouch() ? 'none' : 'tel'}
        autoComplete="off"
        spellCheck={false}
        aria-label={messages.field.label}
        placeholder={messages.field.placeholder}
        value={number.text}
        data-long={number.text.length > 16 || undefined}
        onChange={change}
        onKeyDown={press}
      />
      <button
        type="button"
        className="wt-number-erase"
        aria-label={messages.field.erase}
        disabled={number.digits === ''}
        {...erase}
      >
        <Icon name="erase" />
      </button>
    </div>
  );
}
