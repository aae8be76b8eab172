/** React for the stand-alone page: Preact, and the two things in which Ariakit finds it different. */
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

/** React's events are objects of its own, whose target can be set; Preact hands on the browser's. */
function settable(event) {
  if (Object.hasOwn(event, 'currentTarget')) return event;
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
options.event = (event) => settable(before?.(event) ?? event);
