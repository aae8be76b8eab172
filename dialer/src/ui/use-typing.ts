import { useEffect, useRef } from 'react';

interface Typing {
  onKey(key: string): void;
  onErase?(): void;
  onCall?(): void;
  onLetters?(letter: string): void;
}

/** Whether the key belongs to something that is typed into, or that a key presses. */
function isTaken({ target, ctrlKey, metaKey, altKey, defaultPrevented }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey || defaultPrevented) return true;
  return target instanceof Element && target.closest('input, select, textarea, [role=dialog]') !== null;
}

/** Keys that are typed nowhere in particular go to the dialer, as on a telephone. */
export function useTyping(typing: Typing) {
  const latest = useRef(typing);
  latest.current = typing;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTaken(event)) return;
      const { onKey, onErase, onCall, onLetters } = latest.current;
      const onButton = event.target instanceof Element && event.target.closest('button, a') !== null;
      if (/^[\d+*#]$/.test(event.key)) onKey(event.key);
      else if (event.key === 'Backspace') onErase?.();
      else if (event.key === 'Enter' && !onButton) onCall?.();
      else if (/^\p{L}$/u.test(event.key)) onLetters?.(event.key);
      else return;
      if (event.key !== 'Enter') event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
