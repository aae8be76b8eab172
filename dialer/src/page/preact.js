/** React for the stand-alone page: Preact, and the things in which Ariakit finds it different. */
import { options } from 'preact';

export * from 'preact/compat';
export { default } from 'preact/compat';

/**
 * Preact runs insertion effects together with layout effects, which is after refs are set; Ariakit keeps its newest
 * handlers in them, for refs to call. So they run at once.
 */
export function useInsertionEffect(effect) {
  effect();
}

const currentTarget =
  typeof Event === 'undefined'
    ? undefined
    : Object.getOwnPropertyDescriptor(Event.prototype, 'currentTarget');

/** What is handed on of a key that is pressed in a list's field, for the item that is active. */
const KEYS = ['key', 'code', 'bubbles', 'cancelable', 'shiftKey', 'ctrlKey', 'altKey', 'metaKey'];

/**
 * React's events are objects of its own, which can be copied and whose target can be set; Preact hands on the browser's.
 */
function likeReacts(event) {
  if (Object.hasOwn(event, 'currentTarget')) return event;
  if (event instanceof KeyboardEvent)
    for (const name of KEYS) Object.defineProperty(event, name, { value: event[name], enumerable: true });
  let set = null;
  return Object.defineProperty(event, 'currentTarget', {
    configurable: true,
    get: () => set ?? currentTarget?.get?.call(event) ?? null,
    set(target) {
      set = target;
    },
  });
}

const before = options.event;
options.event = (event) => likeReacts(before?.(event) ?? event);
