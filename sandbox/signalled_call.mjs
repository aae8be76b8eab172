/** A call whose browser's voice is really there: what the SDK is told of it, and when. */
import { randomUUID } from 'node:crypto';

const RECONNECT_MS_MAX = 30_000;

/** What the SDK is told of a call that was not connected, by its final status. */
const ENDINGS = {
  busy: { code: 31486, message: 'Busy Here' },
  'no-answer': { code: 31480, message: 'Temporarily Unavailable' },
  failed: { code: 31404, message: 'Not Found' },
};

/** One call and the socket that it is spoken of over: another one, after a loss. */
export class SignalledCall {
  #connection;
  #lost = null;
  #rang = false;
  reconnect = randomUUID();
  onOver = () => {};

  constructor(connection, call, { voice, answer }) {
    Object.assign(this, { call, voice, sdp: answer });
    this.#connection = connection;
    voice.onDigit = (digit) => call.story.digits.push(digit);
    voice.onGone = () => call.hangUp();
    call.on('status', () => this.#follow());
    call.story.on('change', () => this.#ring());
  }

  get #ids() {
    return { callsid: this.call.sid };
  }

  #ring() {
    if (this.#rang || !this.call.story.legs.some(({ parent, status }) => parent && status === 'ringing'))
      return;
    this.#rang = true;
    this.#connection?.say('ringing', this.#ids);
  }

  #follow() {
    const { call } = this;
    if (call.status === 'in-progress') {
      this.voice.answer();
      this.#connection?.say('answer', { ...this.#ids, sdp: this.sdp, reconnect: this.reconnect });
    }
    if (!call.over) return;
    const error = ENDINGS[call.status];
    this.#connection?.say('hangup', { ...this.#ids, ...(error && { error }) });
    clearTimeout(this.#lost);
    this.voice.stop();
    this.onOver();
  }

  /** That socket is gone: the voice may go on, for a while. */
  lose(connection) {
    if (this.#connection !== connection) return;
    this.#connection = null;
    if (!this.call.over) this.#lost = setTimeout(() => this.call.hangUp(), RECONNECT_MS_MAX);
  }

  resume(connection) {
    clearTimeout(this.#lost);
    this.#connection = connection;
    connection.say('answer', { ...this.#ids, reconnect: this.reconnect });
  }

  async renew(sdp) {
    this.#connection?.say('answer', { ...this.#ids, sdp: await this.voice.renew(sdp) });
  }
}
