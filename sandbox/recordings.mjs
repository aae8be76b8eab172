/** Recordings as Twilio keeps them: https://www.twilio.com/docs/voice/api/recording. The sound is a tone, one note a channel. */
import { newSid } from './calls.mjs';
import { rfc2822 } from './clock.mjs';
import { checkCredentials } from './credentials.mjs';
import { notFound } from './errors.mjs';
import { answerPage } from './page.mjs';

const API = '/2010-04-01/Accounts';
const RATE = 8000;
const NOTES = [440, 660];
const MINUTE = 0.0025;
const RATED_AFTER_MS = 60_000;
/** A tone of hours would take long to make, and nobody listens to it. */
const SOUND_SECONDS_MAX = 120;

/** A WAV file: 16 bits, 8000 samples a second, the caller left and the callee right. */
export function makeWave(seconds) {
  const frames = Math.min(seconds, SOUND_SECONDS_MAX) * RATE;
  const bytes = frames * NOTES.length * 2;
  const wave = Buffer.alloc(44 + bytes);
  wave.write('RIFF', 0);
  wave.writeUInt32LE(36 + bytes, 4);
  wave.write('WAVEfmt ', 8);
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(NOTES.length, 22);
  wave.writeUInt32LE(RATE, 24);
  wave.writeUInt32LE(RATE * NOTES.length * 2, 28);
  wave.writeUInt16LE(NOTES.length * 2, 32);
  wave.writeUInt16LE(16, 34);
  wave.write('data', 36);
  wave.writeUInt32LE(bytes, 40);
  for (let frame = 0; frame < frames; frame++)
    NOTES.forEach((note, channel) => {
      const sample = Math.round(8000 * Math.sin((2 * Math.PI * note * frame) / RATE));
      wave.writeInt16LE(sample, 44 + (frame * NOTES.length + channel) * 2);
    });
  return wave;
}

export class Recordings {
  #recordings = new Map();

  /** A recording of what a call talked for. */
  add(call, seconds, conferenceSid = null) {
    const recording = { sid: newSid('RE'), call, seconds, conferenceSid, createdAt: call.story.clock.now() };
    this.#recordings.set(recording.sid, recording);
    return recording;
  }

  find(sid, path) {
    const recording = this.#recordings.get(sid);
    if (!recording) throw notFound(path);
    return recording;
  }

  list(callSid) {
    return [...this.#recordings.values()].reverse().filter(({ call }) => !callSid || call.sid === callSid);
  }

  delete(sid) {
    this.#recordings.delete(sid);
  }
}

export class RecordingsApi {
  constructor({ settings, recordings }) {
    Object.assign(this, { settings, recordings });
  }

  get routes() {
    const one = '/Recordings/(?<sid>RE[0-9a-f]{32})';
    return [
      this.#route('GET', '/Recordings\\.json', (context) => this.#list(context)),
      this.#route('GET', `${one}\\.json`, (context) => ({
        status: 200,
        body: this.#resource(this.#find(context)),
      })),
      this.#route('DELETE', `${one}\\.json`, (context) => this.#delete(context)),
      this.#route('GET', `${one}(\\.wav)?`, (context) => this.#play(context)),
    ];
  }

  #route(method, path, handle) {
    const handler = (context) => {
      checkCredentials(context.request, this.settings);
      if (context.account !== this.settings.accountSid) throw notFound(context.url.pathname);
      return handle(context);
    };
    return { method, pattern: new RegExp(`^${API}/(?<account>[^/]+)${path}$`), handler };
  }

  #find({ sid, url }) {
    return this.recordings.find(sid, url.pathname);
  }

  #resource({ sid, call, seconds, conferenceSid, createdAt }) {
    const { accountSid } = this.settings;
    const rated = call.story.clock.now() >= createdAt + RATED_AFTER_MS;
    return {
      sid,
      account_sid: accountSid,
      call_sid: call.sid,
      conference_sid: conferenceSid,
      status: 'completed',
      duration: String(seconds),
      channels: NOTES.length,
      source: conferenceSid ? 'Conference' : 'DialVerb',
      price: rated ? (-Math.ceil(seconds / 60) * MINUTE).toFixed(5) : null,
      price_unit: 'USD',
      error_code: null,
      date_created: rfc2822(createdAt),
      media_url: `${API}/${accountSid}/Recordings/${sid}`,
      uri: `${API}/${accountSid}/Recordings/${sid}.json`,
    };
  }

  #list({ url }) {
    const found = this.recordings.list(url.searchParams.get('CallSid'));
    return {
      status: 200,
      body: answerPage(
        'recordings',
        found.map((one) => this.#resource(one)),
        url,
      ),
    };
  }

  #delete(context) {
    this.recordings.delete(this.#find(context).sid);
    return { status: 204 };
  }

  /** A part of it where one is asked for, as the store behind Twilio answers. */
  #play(context) {
    const wave = makeWave(this.#find(context).seconds);
    const asked = /^bytes=(\d+)-(\d*)$/.exec(context.request.headers.range ?? '');
    const headers = { 'Content-Type': 'audio/x-wav', 'Accept-Ranges': 'bytes' };
    if (!asked) return { status: 200, bytes: wave, headers };
    const first = Number(asked[1]);
    const last = Math.min(asked[2] === '' ? Infinity : Number(asked[2]), wave.length - 1);
    if (first > last)
      return { status: 416, bytes: Buffer.alloc(0), headers: { 'Content-Range': `bytes */${wave.length}` } };
    headers['Content-Range'] = `bytes ${first}-${last}/${wave.length}`;
    return { status: 206, bytes: wave.subarray(first, last + 1), headers };
  }
}
