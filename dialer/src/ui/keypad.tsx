import { useMessages } from '../react/provider.tsx';
import { readPreferences } from '../phone/preferences.ts';
import { playTone } from './tones.ts';
import { useHold } from './use-hold.ts';

const KEYS: [string, string][] = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
];

const VIBRATE_MS = 8;

function respond(digit: string) {
  const { tones, haptics } = readPreferences();
  if (tones) playTone(digit);
  if (haptics) navigator.vibrate?.(VIBRATE_MS);
}

interface KeypadProps {
  onKey(key: string): void;
}

function Key({ digit, letters, onKey }: KeypadProps & { digit: string; letters: string }) {
  const { keypad } = useMessages();
  const { onPointerDown, ...holding } = useHold(
    () => onKey(digit),
    () => onKey(digit === '0' ? '+' : digit),
  );
  const name = { '*': keypad.star, '#': keypad.hash }[digit];
  return (
    <button
      type="button"
      className="wt-key"
      aria-label={name}
      {...holding}
      onPointerDown={() => {
        respond(digit);
        onPointerDown();
      }}
    >
      <span className="wt-key-digit">{digit}</span> <span className="wt-key-letters">{letters}</span>
    </button>
  );
}

/** The twelve keys. A held 0 is a plus. */
export function Keypad({ onKey }: KeypadProps) {
  const { keypad } = useMessages();
  return (
    <div className="wt-keypad" role="group" aria-label={keypad.label}>
      {KEYS.map(([digit, letters]) => (
        <Key key={digit} digit={digit} letters={letters} onKey={onKey} />
      ))}
    </div>
  );
}
