import { useRef } from 'react';

const HOLD_MS = 500;

/** A button that does one thing when it is pressed and another when it is held. The keyboard presses. */
export function useHold(press: () => void, hold: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const held = useRef(false);
  const cancel = () => clearTimeout(timer.current);
  return {
    onPointerDown() {
      held.current = false;
      timer.current = setTimeout(() => {
        held.current = true;
        hold();
      }, HOLD_MS);
    },
    onPointerUp: cancel,
    onPointerLeave: cancel,
    onPointerCancel: cancel,
    onContextMenu: (event: { preventDefault(): void }) => event.preventDefault(),
    onClick() {
      if (!held.current) press();
      held.current = false;
    },
  };
}
