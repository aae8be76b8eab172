import { setTimeout as delay } from 'node:timers/promises';

/** A date as Twilio writes it. */
export const rfc2822 = (ms) => new Date(ms).toUTCString().replace('GMT', '+0000');

/** The time of one call, which passes faster than real time: a call of a minute takes seconds. */
export class Clock {
  #began = performance.now();
  #beganAt = Date.now();

  constructor(speed) {
    this.speed = speed;
  }

  /** Milliseconds since 1970, as the call counts them. */
  now() {
    return this.#beganAt + (performance.now() - this.#began) * this.speed;
  }

  /** Lets seconds of the call's time pass; false when the signal broke them off. */
  async sleep(seconds, signal) {
    try {
      await delay((seconds * 1000) / this.speed, undefined, { signal });
      return true;
    } catch {
      return false;
    }
  }
}
