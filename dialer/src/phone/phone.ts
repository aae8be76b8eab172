/** The dialer without its looks: calls, credit, what goes wrong. One for each signed-in user, in one page. */
import { Api, ApiError, type TokenSource } from '../api/client.ts';
import type { CallRecord, Config, CreditCheck } from '../api/types.ts';
import { Live, type LiveEvent, type LiveState } from '../live/live.ts';
import { parseMoney } from '../money/money.ts';
import { readPrice, type Price } from '../money/billing.ts';
import { Voice, type VoiceState } from '../voice/voice.ts';
import { withEvent, withReady } from './events.ts';
import { recallCall, rememberCall } from './left-behind.ts';
import { problemOf, voiceProblem } from './problems.ts';
import { readPreferences } from './preferences.ts';
import { Quality } from './quality.ts';
import {
  EMPTY,
  fundsOf,
  isOver,
  newCall,
  talkedSeconds,
  type ActiveCall,
  type EndedCall,
  type PhoneState,
  type Problem,
} from './state.ts';

/** How the parts are made; tests make others. */
export interface Parts {
  Voice: typeof Voice;
  Live: typeof Live;
}

export interface PhoneOptions {
  /** The relay's URL; '' for the page's own. */
  relay: string;
  token: TokenSource;
  config: Config;
  parts?: Partial<Parts>;
}

/** The books are asked so long after a call, should no live event tell its end: milliseconds, again and again. */
const SETTLING_MS = [500, 1000, 2000, 4000, 8000];
const SETTLING_MS_LAST = 15_000;

/** Null where one of its parts is not known. */
function priceOf(
  rate: string | null,
  terms: Pick<CallRecord, 'connectionFee' | 'minimumSeconds' | 'incrementSeconds'>,
): Price | null {
  const { connectionFee, minimumSeconds, incrementSeconds } = terms;
  if (rate === null || connectionFee == null || minimumSeconds == null || incrementSeconds == null)
    return null;
  return readPrice({ rate, connectionFee, minimumSeconds, incrementSeconds });
}

/** What is over once the live events come again. */
const ENDS_WITH_LIVE = new Set(['relay_away', 'session_expired']);

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Phone {
  readonly api: Api;
  readonly config: Config;
  readonly voice: Voice;
  readonly quality: Quality;
  #live: Live | null = null;
  #state: PhoneState = EMPTY;
  #listeners = new Set<() => void>();
  /** Numbers the calls that are begun here, so that one that was given up before it rang is known. */
  #attempt = 0;
  /** The call whose price is being asked for. */
  #asked: string | null = null;

  constructor({ relay, token, config, parts }: PhoneOptions) {
    this.api = new Api(relay, token);
    this.config = config;
    this.quality = new Quality(this.api);
    const accessToken = async () => (await this.api.accessToken()).token;
    this.voice = new (parts?.Voice ?? Voice)(
      { accessToken, chosen: readPreferences, signalling: config.voiceSignalling ?? null },
      {
        onState: (state, callSid) => this.#onVoice(state, callSid),
        onWarning: (name, begins) => this.#onWarning(name, begins),
        onMeasurement: (measurement) => this.quality.add(measurement),
        onMute: (muted) => this.#change({ call: this.#state.call && { ...this.#state.call, muted } }),
        onError: (code, message) => this.#onVoiceError(code, message),
        onDevices: () => this.#change({}),
      },
    );
    if (config.liveUrl)
      this.#live = new (parts?.Live ?? Live)(config.liveUrl, token, {
        onState: (live) => this.#onLive(live),
        onReady: (ready) => this.#told(withReady(this.#state, ready)),
        onEvent: (event, replayed) => this.#onEvent(event, replayed),
      });
  }

  start(): void {
    if (this.#live) this.#live.start();
    else this.refresh();
    const left = recallCall();
    if (left) this.#tellEnd(newCall(left.number, true), left.callSid);
  }

  stop(): void {
    this.#live?.stop();
    this.voice.stop();
  }

  get state(): PhoneState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(state: PhoneState) {
    const { call } = state;
    if (call?.here && call.callSid !== this.#state.call?.callSid)
      rememberCall(call.callSid ? { callSid: call.callSid, number: call.number } : null);
    if (state.ended && !state.ended.settling) rememberCall(null);
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  #change(change: Partial<PhoneState>) {
    this.#set({ ...this.#state, ...change });
  }

  /** Asks for the credit, where no live connection tells it. */
  async refresh(): Promise<void> {
    try {
      const { balance, available } = await this.api.account();
      this.#change({ funds: fundsOf(balance, available), booksVersion: this.#state.booksVersion + 1 });
    } catch (error) {
      this.#change({ problem: problemOf(error) });
    }
  }

  dismiss = (): void => {
    rememberCall(null);
    this.#change({ ended: null, problem: null });
  };

  /**
   * Calls the number (E.164). What keeps it from ringing becomes the state's problem. `check` is what was just said of
   * its price; without it that is asked first.
   */
  dial = async (number: string, check?: CreditCheck): Promise<void> => {
    if (this.#state.call) return;
    const attempt = ++this.#attempt;
    this.quality.begin();
    this.#change({ call: newCall(number, true), ended: null, problem: null });
    try {
      const [known] = await Promise.all([check ?? this.api.checkCredit(number), this.voice.prepare()]);
      this.#allow(known);
      if (attempt === this.#attempt) await this.voice.dial(number);
      if (attempt !== this.#attempt) this.voice.hangUp();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.voice.forget();
      if (attempt === this.#attempt) this.#change({ call: null, problem: problemOf(error) });
    }
  };

  /** What the call will cost; throws the refusal of one that may not be. */
  #allow(check: CreditCheck) {
    if (!check.allowed) throw new ApiError(402, check.reason ?? 'refused', check.message ?? '');
    const { call } = this.#state;
    if (!call) return;
    const { country, maxSeconds } = check;
    this.#change({
      call: {
        ...call,
        price: priceOf(check.ratePerMinute, check),
        country,
        maxSeconds: call.maxSeconds ?? maxSeconds,
      },
    });
  }

  hangUp = (): void => {
    const { call } = this.#state;
    if (!call) return;
    if (call.here && !this.voice.calling) {
      this.#attempt++;
      return this.#change({ call: null });
    }
    this.#change({ call: { ...call, phase: 'ending' }, problem: null });
    if (call.here) return this.voice.hangUp();
    if (call.callSid) this.api.hangUp(call.callSid).catch((error) => this.#goesOn(call, problemOf(error)));
  };

  /** The call was not ended: it is shown as it was. */
  #goesOn({ callSid, phase }: ActiveCall, problem: Problem) {
    const { call } = this.#state;
    this.#change({ problem, call: call && call.callSid === callSid ? { ...call, phase } : call });
  }

  /** A voice that is elsewhere is muted by the relay, which tells whoever has it. */
  mute = (muted: boolean): void => {
    const { call } = this.#state;
    if (!call || call.here || call.callSid === null) return this.voice.mute(muted);
    this.api.mute(call.callSid, muted).then(
      (told) => this.#change({ call: this.#state.call && { ...this.#state.call, muted: told.muted } }),
      (error) => this.#change({ problem: problemOf(error) }),
    );
  };

  sendDigits = (digits: string): void => this.voice.sendDigits(digits);

  #onLive(live: LiveState) {
    const expired = live === 'unauthorized' ? { problem: { code: 'session_expired', detail: null } } : {};
    const over = live === 'live' && ENDS_WITH_LIVE.has(this.#state.problem?.code ?? '');
    this.#change({ live, ...expired, ...(over && { problem: null }) });
    // Until events come, the relay is asked.
    if (live === 'waiting' && !this.#state.funds) this.refresh();
  }

  #onVoice(state: VoiceState, callSid: string | null) {
    const { call } = this.#state;
    if (state === 'closed') return this.#onVoiceOver(callSid);
    if (!call) return;
    const known = { ...call, callSid: callSid ?? call.callSid, reconnecting: state === 'reconnecting' };
    if (state === 'ringing' && call.phase === 'connecting') known.phase = 'ringing';
    // The live events know who answered: a far end, or the relay that says why it was not reached.
    if (state === 'open' && this.#state.live !== 'live' && call.answeredAt === null)
      Object.assign(known, { phase: 'talking', answeredAt: Date.now() });
    // What kept the voice away is over.
    const back = call.reconnecting && state === 'open';
    this.#change({ call: known, ...(back && { problem: null }) });
  }

  #onVoiceOver(callSid: string | null) {
    this.quality.end(callSid);
    const { call } = this.#state;
    if (!call) return;
    const sid = callSid ?? call.callSid;
    // Without an SID it never left this page: what kept it is told as a problem.
    if (sid) this.#tellEnd(call, sid);
    else this.#change({ call: null });
  }

  /** The call is over; what it came to is still to be told. */
  #tellEnd(call: ActiveCall, callSid: string) {
    const ended: EndedCall = {
      callSid,
      callId: null,
      number: call.number,
      country: call.country,
      status: call.answeredAt === null ? 'canceled' : 'completed',
      why: null,
      seconds: Math.ceil(talkedSeconds(call, Date.now())),
      billedSeconds: null,
      cost: null,
      balance: null,
      settling: true,
    };
    this.#change({ call: null, ended });
    this.#settle(callSid);
  }

  /** Asks the books what the call came to, until they or a live event say so. */
  async #settle(callSid: string) {
    for (let tries = 0; ; tries++) {
      await delay(SETTLING_MS[tries] ?? SETTLING_MS_LAST);
      if (this.#state.ended?.callSid !== callSid || !this.#state.ended.settling) return;
      const page = await this.api.calls(5).catch(() => null);
      const record = page?.calls.find((one) => one.callSid === callSid);
      if (record && isOver(record.status)) return this.#settled(callSid, record);
      // The books know of no such call among the newest: there is nothing to tell.
      if (page && !record && tries >= SETTLING_MS.length) return this.dismiss();
    }
  }

  async #settled(callSid: string, record: CallRecord) {
    await this.refresh();
    const { ended, funds } = this.#state;
    if (ended?.callSid !== callSid || !ended.settling) return;
    this.#change({
      ended: {
        ...ended,
        callId: record.callId,
        country: record.country,
        status: record.status,
        seconds: record.durationSeconds ?? 0,
        billedSeconds: record.billedSeconds,
        cost: parseMoney(record.creditsUsed ?? '0'),
        balance: funds?.balance ?? null,
        settling: false,
      },
    });
  }

  #onEvent(event: LiveEvent, replayed: boolean) {
    if (event.type === 'call.mute') this.#obeyMute(event);
    this.#told(withEvent(this.#state, event, replayed));
  }

  /** What the relay told; the price of a call that was begun elsewhere is asked for. */
  #told(state: PhoneState) {
    this.#set(state);
    const { call } = state;
    if (call && !call.here && !call.price && call.callSid && call.callSid !== this.#asked)
      this.#askPrice(call.callSid);
  }

  /** The price that a call was begun at. Until it is known, the next event asks again. */
  async #askPrice(callSid: string) {
    this.#asked = callSid;
    const page = await this.api.calls(5).catch(() => null);
    const record = page?.calls.find((one) => one.callSid === callSid);
    const price = record ? priceOf(record.rate, record) : null;
    this.#asked = null;
    const { call } = this.#state;
    if (price && call?.callSid === callSid) this.#change({ call: { ...call, price } });
  }

  /** Another client of this user mutes the voice that is here. */
  #obeyMute({ callSid, muted, id }: Extract<LiveEvent, { type: 'call.mute' }>) {
    if (!this.#state.call?.here || this.#state.call.callSid !== callSid) return;
    this.voice.mute(muted);
    this.#live?.send({ type: 'call.muted', callSid, muted, id });
  }

  #onWarning(name: string, begins: boolean) {
    const { call } = this.#state;
    if (!call) return;
    const others = call.warnings.filter((warning) => warning !== name);
    this.quality.warn(name);
    this.#change({ call: { ...call, warnings: begins ? [...others, name] : others } });
  }

  #onVoiceError(code: number, message: string) {
    const problem = voiceProblem(code, message);
    if (problem) this.#change({ problem });
    // A token that is no good is not used again.
    if (problem?.code === 'session_expired' || problem?.code === 'token_refused') this.voice.forget();
  }
}
