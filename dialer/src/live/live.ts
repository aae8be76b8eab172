/**
 * Live events from the relay: one WebSocket that is made again whenever it is lost, and goes on after the newest event
 * that came. An event is handed on once, whatever is sent twice.
 */
import type { CallStatus } from '../api/types.ts';
import type { TokenSource } from '../api/client.ts';

export interface LiveCall {
  callSid: string | null;
  callId: string;
  status: CallStatus;
  number: string | null;
  durationSeconds: number | null;
  cost: string | null;
  balance: string;
  available: string;
  secondsLeft: number | null;
  maxSeconds: number | null;
}

interface Sequenced {
  seq: number;
  at: string;
}

export type LiveEvent = Sequenced &
  (
    | ({ type: 'call.status' } & LiveCall)
    | ({ type: 'call.ended'; billedSeconds: number | null; why: string | null } & LiveCall)
    | { type: 'credit.changed'; balance: string; available: string; kind: string }
    | { type: 'credit.low'; available: string; secondsLeft: number | null }
    | { type: 'call.mute'; callSid: string; muted: boolean; id: string }
  );

export interface LiveReady {
  type: 'ready';
  seq: number;
  balance: string;
  available: string;
  calls: LiveCall[];
}

export type LiveState = 'off' | 'connecting' | 'live' | 'waiting' | 'unauthorized';

export interface LiveHandlers {
  onState(state: LiveState): void;
  /** The state of things as the relay knows them now: it replaces what was known. */
  onReady(ready: LiveReady): void;
  /** `replayed`: it happened before the state that onReady told. */
  onEvent(event: LiveEvent, replayed: boolean): void;
}

const CLOSE_UNAUTHORIZED = 4401;
const CLOSE_ORIGIN = 4403;
/** No token came, though somebody may be signed in: as after a socket that was lost. */
const LOST = 1006;
const BACKOFF_MS_FIRST = 250;
const BACKOFF_MS_MAX = 15_000;
const RENEW_CHECK_MS = 30_000;

/** What the relay said; null for what is no message of its. */
function readMessage(text: string): LiveReady | LiveEvent | { type: 'resync' } | null {
  try {
    const message = JSON.parse(text);
    const known = message?.type === 'resync' || Number.isSafeInteger(message?.seq);
    return known ? message : null;
  } catch {
    return null;
  }
}

const jitter = (ms: number) => ms * (0.7 + Math.random() * 0.6);

export class Live {
  #url: string;
  #token: TokenSource;
  #handlers: LiveHandlers;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setInterval> | undefined;
  #failures = 0;
  #sentToken: string | null = null;
  /** The newest event that was handed on, or that a `ready` contained. */
  #seq: number | null = null;
  #readySeq = 0;
  #stopped = true;

  constructor(url: string, token: TokenSource, handlers: LiveHandlers) {
    this.#url = url;
    this.#token = token;
    this.#handlers = handlers;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    globalThis.addEventListener?.('online', this.#hurry);
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    globalThis.removeEventListener?.('online', this.#hurry);
    clearTimeout(this.#timer);
    this.#drop();
    this.#handlers.onState('off');
  }

  send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #hurry = () => {
    if (this.#socket || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#connect();
  };

  #drop() {
    clearInterval(this.#renewal);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  #connect() {
    this.#handlers.onState('connecting');
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const current = () => this.#socket === socket;
    socket.onopen = () => current() && this.#authorize();
    socket.onmessage = ({ data }) => current() && this.#receive(String(data));
    socket.onclose = ({ code }) => current() && this.#closed(code);
  }

  async #authorize() {
    const socket = this.#socket;
    const token = await this.#token().catch(() => undefined);
    if (this.#socket !== socket) return;
    if (!token) return this.#closed(token === undefined ? LOST : CLOSE_UNAUTHORIZED);
    this.#sentToken = token;
    this.send({ type: 'auth', token, ...(this.#seq !== null && { after: this.#seq }) });
    clearInterval(this.#renewal);
    this.#renewal = setInterval(() => this.#renew(), RENEW_CHECK_MS);
  }

  async #renew() {
    const token = await this.#token().catch(() => null);
    if (!token || token === this.#sentToken) return;
    this.#sentToken = token;
    this.send({ type: 'auth', token });
  }

  #receive(text: string) {
    const message = readMessage(text);
    if (!message) return;
    if (message.type === 'ready') {
      this.#failures = 0;
      this.#readySeq = message.seq;
      this.#seq ??= message.seq;
      this.#handlers.onReady(message);
      this.#handlers.onState('live');
    } else if (message.type === 'resync') this.#seq = null;
    else if (this.#seq === null || message.seq > this.#seq) {
      this.#seq = message.seq;
      this.#handlers.onEvent(message, message.seq <= this.#readySeq);
    }
  }

  #closed(code: number) {
    this.#drop();
    if (this.#stopped) return;
    if (code === CLOSE_ORIGIN) return this.stop();
    this.#handlers.onState(code === CLOSE_UNAUTHORIZED ? 'unauthorized' : 'waiting');
    const wait = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_FIRST * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.#connect(), jitter(wait));
  }
}
