/** The requests that a call makes to the application: what they say, and the order they leave in. */
import { randomUUID } from 'node:crypto';
import { newSid } from './calls.mjs';
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

  /** Posts to a URL once `turn` has come; the call is not over before. */
  async #tell(call, kind, url, parameters, { token, turn } = {}) {
    const { story } = call;
    story.pending++;
    await turn;
    await this.#send(story, kind, url, parameters, token);
    story.pending--;
    story.changed();
  }

  /** What happens in a conference, event by event. */
  tellConference(call, url, event) {
    const parameters = { AccountSid: this.settings.accountSid, ...event };
    call.conferenceEvents = this.#tell(call, 'conference', url, parameters, { turn: call.conferenceEvents });
  }

  /** The recording is there to be heard: told so many times, as repeats of one delivery. */
  async recorded(call, { url, events }, { sid, seconds, createdAt, conferenceSid }, times) {
    if (!url || !events.includes('completed')) return;
    const { accountSid } = this.settings;
    const token = randomUUID();
    const parameters = {
      AccountSid: accountSid,
      ...(conferenceSid ? { ConferenceSid: conferenceSid } : { CallSid: call.sid }),
      RecordingSid: sid,
      RecordingUrl: `https://api.twilio.com/${API_VERSION}/Accounts/${accountSid}/Recordings/${sid}`,
      RecordingStatus: 'completed',
      RecordingDuration: String(seconds),
      RecordingChannels: '2',
      RecordingStartTime: rfc2822(createdAt - seconds * 1000),
      RecordingSource: conferenceSid ? 'Conference' : 'DialVerb',
      RecordingTrack: 'both',
    };
    for (let time = 0; time < times; time++) await this.#tell(call, 'recording', url, parameters, { token });
  }

  /** Tells of a transcription that starts now; what was said is made up when it is finished. */
  transcribe(call, { statusCallbackUrl: url, languageCode = 'en-US' }) {
    const sid = newSid('GT');
    let sequence = 0;
    let last = Promise.resolve();
    const tell = (event, parameters) => {
      const all = {
        AccountSid: this.settings.accountSid,
        CallSid: call.sid,
        TranscriptionSid: sid,
        TranscriptionEvent: event,
        Timestamp: new Date(call.story.clock.now()).toISOString(),
        SequenceId: String(++sequence),
        LanguageCode: languageCode,
        ...parameters,
      };
      last = this.#tell(call, 'transcription', url, all, { turn: last });
    };
    const say = (track, transcript, confidence) =>
      tell('transcription-content', {
        Track: track,
        Final: 'true',
        TranscriptionData: JSON.stringify({ transcript, confidence }),
      });
    tell('transcription-started', {
      TranscriptionEngine: 'google',
      Track: 'both_tracks',
      PartialResults: 'false',
    });
    call.story.pending++;
    const stopped = () => {
      tell('transcription-stopped');
      call.story.pending--;
    };
    if (call.over) stopped();
    else call.ended.addEventListener('abort', stopped, { once: true });
    return {
      finish() {
        say('outbound_track', 'Hello?', 0.94);
        say('inbound_track', 'Hello, it is me.', 0.87);
      },
    };
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
