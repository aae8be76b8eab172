/** The requests that a call makes to the application: what they say, and the order they leave in. */
import { randomUUID } from 'node:crypto';
import { rfc2822 } from './clock.mjs';
import { deliver } from './delivery.mjs';
import { CallError } from './errors.mjs';

const API_VERSION = '2010-04-01';
const EVENTS = { initiated: 'initiated', ringing: 'ringing', 'in-progress': 'answered' };
const PLACE = ['City', 'State', 'Zip', 'Country'];

/** Twilio sends what it knows of a phone number's place; the sandbox knows nothing. */
const places = (end, address) =>
  /^\+\d+$/.test(address) ? Object.fromEntries(PLACE.map((part) => [end + part, ''])) : {};

export class Webhooks {
  #stop = new AbortController();

  constructor(settings) {
    this.settings = settings;
  }

  /** Nothing leaves any more. */
  stop() {
    this.#stop.abort();
  }

  /** The parameters of every request about a call. */
  parametersOf({ sid, from, to, status, direction, parent }) {
    const { accountSid, appSid } = this.settings;
    return {
      CallSid: sid,
      AccountSid: accountSid,
      From: from,
      To: to,
      Caller: from,
      Called: to,
      CallStatus: status,
      Direction: direction,
      ApiVersion: API_VERSION,
      ...(parent && { ParentCallSid: parent.sid }),
      ...(direction === 'inbound' && { ApplicationSid: appSid }),
      ...places('From', from),
      ...places('To', to),
      ...places('Caller', from),
      ...places('Called', to),
    };
  }

  /** Asks for TwiML and waits for it; throws a CallError when none comes. */
  async fetchTwiml(call, kind, url, parameters = {}) {
    const all = { ...parameters, ...this.parametersOf(call) };
    const { status, type, text, tooLong, error } = await this.#send(call.story, kind, url, all);
    if (error) throw new CallError(11205, `${url} does not answer: ${error.message}`);
    if (status !== 200) throw new CallError(11200, `${url} answers ${status}`);
    if (tooLong) throw new CallError(11750, `${url} answers more than 64 kB`);
    if (!/^(text\/xml|application\/xml|text\/html)\b/.test(type))
      throw new CallError(12300, `${url} answers the content type "${type}"`);
    return text;
  }

  /** Reports the status of a call to a URL from now on, for the events that were asked for. */
  subscribe(call, { url, events }) {
    if (!url) return;
    const held = [];
    let last = Promise.resolve();
    const leave = async (parameters, token) => {
      const { story } = call;
      story.pending++;
      last = last.then(() => this.#send(story, 'status', url, parameters, token));
      await last;
      story.pending--;
      story.changed();
    };
    call.on('status', (sequence) => {
      if (!events.includes(EVENTS[call.status] ?? 'completed')) return;
      const { callbacks } = call.plan;
      const parameters = this.#statusParameters(call, sequence);
      if (call.over && callbacks.endsWith('final-lost')) return;
      const token = randomUUID();
      if (callbacks !== 'reversed') leave(parameters, token);
      else held.unshift(parameters);
      if (callbacks === 'twice') leave(parameters, token);
      if (call.over) held.forEach((late) => leave(late));
    });
  }

  #statusParameters(call, sequence) {
    const { duration, sipCode } = call;
    return {
      ...this.parametersOf(call),
      Timestamp: rfc2822(call.updatedAt),
      SequenceNumber: String(sequence),
      CallbackSource: 'call-progress-events',
      ...(call.over && { CallDuration: String(duration), Duration: String(Math.ceil(duration / 60)) }),
      ...(sipCode && { SipResponseCode: String(sipCode) }),
    };
  }

  async #send(story, kind, url, parameters, token = randomUUID()) {
    const record = { kind, url, parameters };
    story.webhooks.push(record);
    const { authToken } = this.settings;
    const result = await deliver({ authToken, url, parameters, token, signal: this.#stop.signal });
    Object.assign(record, {
      status: result.status ?? null,
      attempts: result.attempts,
      ...(result.error && { error: result.error.message }),
      ...(kind !== 'status' && result.text && { twiml: result.text }),
    });
    return result;
  }
}
