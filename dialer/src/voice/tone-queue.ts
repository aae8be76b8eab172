/**
 * Digits on their way to the far end. A browser forgets the tones that it has not played yet when it is given others, so
 * each waits for those before it.
 */

/** What the Voice SDK takes for a digit: 160 ms of tone and 70 ms of silence, and a little. */
const DIGIT_MS = 250;

export class ToneQueue {
  #send: (digits: string) => void;
  #waiting = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (digits: string) => void) {
    this.#send = send;
  }

  add(digits: string): void {
    this.#waiting += digits;
    if (this.#timer === undefined) this.#next();
  }

  clear(): void {
    this.#waiting = '';
  }

  #next() {
    const digits = this.#waiting;
    this.#waiting = '';
    this.#timer = undefined;
    if (digits === '') return;
    this.#send(digits);
    this.#timer = setTimeout(() => this.#next(), digits.length * DIGIT_MS);
  }
}
