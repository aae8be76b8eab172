import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Clock } from './clock.mjs';
import { notFound } from './errors.mjs';
import { planFor } from './magic.mjs';

export const FINAL_STATUSES = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
const CALLS_KEPT = 10000;

export const newSid = (kind) => kind + randomBytes(16).toString('hex');

/** What happened in a call and in the calls it made: shared by its legs, for people and tests to look at. */
export class Story extends EventEmitter {
  legs = [];
  said = [];
  whispered = [];
  errors = [];
  webhooks = [];
  /** The tones that the far end heard. */
  digits = [];
  /** What is not done yet: the parent's life, status callbacks. */
  pending = 0;

  constructor(speed, voiced = false) {
    super();
    this.setMaxListeners(0);
    this.voiced = voiced;
    this.clock = new Clock(speed);
  }

  changed() {
    this.emit('change');
  }

  get over() {
    return this.pending === 0 && this.legs.every((leg) => leg.over);
  }
}

/** One leg: a call as Twilio's REST API knows it. Emits 'status' whenever its status changes. */
export class Call extends EventEmitter {
  #hangUp = new AbortController();
  #divert = new AbortController();

  sid = newSid('CA');
  answeredAt = null;
  endedAt = null;
  /** The final SIP code, where one is known. */
  sipCode = undefined;
  /** Numbers the events of this call from 0. */
  sequence = 0;

  constructor({ story, parent = null, direction, from, to, status, plan = planFor(to) }) {
    super();
    Object.assign(this, { story, parent, direction, from, to, status, plan });
    this.createdAt = this.updatedAt = story.clock.now();
    const signals = parent ? [this.#hangUp.signal, parent.ended] : [this.#hangUp.signal];
    /** Aborted when this leg ends, or the leg that made it. */
    this.ended = AbortSignal.any(signals);
    story.legs.push(this);
  }

  get over() {
    return FINAL_STATUSES.includes(this.status);
  }

  /** When it was handed to the network; null while it is queued. */
  get startedAt() {
    return this.direction === 'outbound-api' && this.sequence === 0 ? null : this.createdAt;
  }

  get answered() {
    return this.answeredAt !== null;
  }

  /** Seconds from answer to end, a started one counting whole; 0 when unanswered, null before the end. */
  get duration() {
    if (!this.over) return null;
    return this.answered ? Math.max(1, Math.ceil((this.endedAt - this.answeredAt) / 1000)) : 0;
  }

  move(status, at = this.story.clock.now()) {
    if (this.over) return;
    // Nobody was called yet, so nobody is told.
    const silent = this.status === 'queued' && status === 'canceled';
    this.status = status;
    this.updatedAt = at;
    if (status === 'in-progress') this.answeredAt = at;
    if (this.over) this.endedAt = at;
    if (!silent) this.emit('status', this.sequence++);
    this.story.changed();
    if (this.over) this.#hangUp.abort();
  }

  /** What it does now breaks off, and it goes on with this document. */
  divert(twiml) {
    this.diversion = twiml;
    this.#divert.abort();
  }

  get diverted() {
    return this.#divert.signal;
  }

  answer() {
    if (!this.answered) this.move('in-progress');
  }

  /** Somebody hangs up: the legs that this one made end with it. */
  hangUp() {
    this.move(this.answered ? 'completed' : 'canceled');
  }
}

/** The calls this carrier knows; the oldest finished ones are forgotten. */
export class Registry {
  #calls = new Map();

  add(call) {
    this.#calls.set(call.sid, call);
    if (this.#calls.size > CALLS_KEPT) this.#forgetOne();
    return call;
  }

  #forgetOne() {
    for (const [sid, call] of this.#calls) if (call.story.over) return this.#calls.delete(sid);
  }

  /** The path names the call in the error when there is none. */
  find(sid, path) {
    const call = this.#calls.get(sid);
    if (!call) throw notFound(path);
    return call;
  }

  /** Newest first. */
  list() {
    return [...this.#calls.values()].reverse();
  }
}
