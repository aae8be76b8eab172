/**
 * The books as docs/sql.md describes them, told once more and simply: who owns what, what is held, what a call costs.
 * It shares nothing with the extension. Money is BigInt micro-credits; each operation answers what its function
 * should, as text, or throws a Refusal with the SQLSTATE.
 */
const RANK = [
  'queued',
  'initiated',
  'ringing',
  'in-progress',
  'canceled',
  'failed',
  'no-answer',
  'busy',
  'completed',
];
const isFinal = (status) => RANK.indexOf(status) >= RANK.indexOf('canceled');
const TOLERANCE = 1;

export class Refusal extends Error {}
const refuse = (sqlstate) => {
  throw new Refusal(sqlstate);
};

/** "1.200000" → 1200000n, and back. */
export function micros(text) {
  const [, sign, whole, decimals = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text);
  const value = BigInt(whole) * 1000000n + BigInt(decimals.padEnd(6, '0'));
  return sign ? -value : value;
}
export function credits(value) {
  const digits = (value < 0n ? -value : value).toString().padStart(7, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/* A deck is a list of terms: prefix, rate a minute, connection fee, minimum and increment in seconds. */

/** The minimum, then whole increments, of an answered call. */
function billedSeconds(terms, seconds) {
  let billed = seconds > 0 ? terms.minimum : 0;
  if (seconds > billed) billed += Math.ceil((seconds - billed) / terms.increment) * terms.increment;
  return billed;
}

/** Rounded once, half up. */
export function price(terms, seconds) {
  if (seconds <= 0) return 0n;
  const sixtieths = micros(terms.rate) * BigInt(billedSeconds(terms, seconds));
  return micros(terms.fee) + sixtieths / 60n + (sixtieths % 60n >= 30n ? 1n : 0n);
}

/** The longest prefix wins. */
export function termsFor(deck, number) {
  const fits = deck.filter((terms) => number.startsWith(`+${terms.prefix}`));
  return fits.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** The longest call in whole billing steps that so much pays for, by bisection; 0 when the minimum is too dear. */
function affordable(terms, credit, limit) {
  if (credit < 0n || price(terms, 1) > credit) return 0;
  if (limit < terms.minimum) return limit;
  const length = (steps) => terms.minimum + steps * terms.increment;
  let [fits, tooLong] = [0, Math.floor((limit - terms.minimum) / terms.increment) + 1];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (price(terms, length(middle)) <= credit) fits = middle;
    else tooLong = middle;
  }
  return length(fits);
}

export class Call {
  constructor(fields = {}) {
    Object.assign(this, { sid: null, key: null, reason: null, terms: null, maxSeconds: 0, held: 0n });
    Object.assign(this, { status: 'queued', open: true, billed: false, duration: 0, billedSeconds: 0 });
    Object.assign(this, { used: 0n, refunded: 0n, heard: [], aged: false });
    Object.assign(this, { answeredAt: null, endedAt: null, dialSid: null, accountTaken: false }, fields);
  }

  /** What the status callbacks tell, of something that happened then: in seconds from now, as all times here. */
  callback(status, seconds, dialSid, at = 0) {
    if (this.status === 'rejected') return;
    if (status === 'in-progress') this.answeredAt ??= at;
    this.dialSid ??= dialSid ?? null;
    if (status === 'completed' && seconds === null) status = this.#endWithoutSeconds(dialSid);
    const talked = status === 'completed' && seconds > 0;
    if (this.accountTaken) return;
    if (!this.billed) this.#take(status, seconds, at);
    else if (talked && !this.#isHeard(seconds)) this.#correct(status, seconds);
  }

  /** What the carrier's own account tells: it has the last word. */
  account(status, seconds) {
    if (this.status === 'rejected') return;
    if (status === 'in-progress') this.answeredAt ??= 0;
    if (isFinal(status) && status !== 'completed') seconds = 0;
    if (status === 'completed' && seconds === null) status = 'in-progress';
    if (isFinal(status)) this.accountTaken = true;
    if (!this.billed) this.#take(status, seconds, 0);
    else if (isFinal(status) && this.#differs(seconds)) this.#correct(status, seconds);
  }

  /** The dialled leg's seconds are still to come; the caller's leg, before anybody answered, means giving up. */
  #endWithoutSeconds(dialSid) {
    return dialSid || this.status === 'in-progress' ? 'in-progress' : 'canceled';
  }

  #take(status, seconds, at) {
    if (status === 'completed' && seconds > 0) {
      this.billed = true;
      this.#charge(status, seconds);
      this.close(status, at);
    } else if (RANK.indexOf(status) > RANK.indexOf(this.status)) {
      if (isFinal(status) && this.open) this.close(status, at);
      this.status = status;
    }
  }

  #differs(seconds) {
    return Math.abs(seconds - this.duration) > TOLERANCE || seconds > 0 !== this.duration > 0;
  }

  #isHeard(seconds) {
    return !this.#differs(seconds) || this.heard.some((heard) => Math.abs(heard - seconds) <= TOLERANCE);
  }

  #correct(status, seconds) {
    this.#charge(status, seconds);
    if (this.used < this.refunded) this.used = this.refunded;
  }

  #charge(status, seconds) {
    const payable = Math.min(seconds, this.maxSeconds);
    this.status = status;
    this.duration = seconds;
    this.heard.push(seconds);
    this.billedSeconds = billedSeconds(this.terms, payable);
    this.used = price(this.terms, payable);
  }

  close(status, at = 0) {
    this.endedAt = at;
    this.status = status;
    this.open = false;
    this.held = 0n;
  }

  /** What a row of call_logs says of it. */
  facts() {
    const { status, held, billedSeconds, used, refunded } = this;
    return [status, credits(held), billedSeconds, credits(used), credits(refunded)].join(' ');
  }

  /** The rest of what the row says: its minutes, whether it is billed, its dialled leg and its times. */
  details() {
    const { billedSeconds, billed, dialSid, answeredAt, endedAt } = this;
    const minutes = Math.floor((billedSeconds * 100 + 30) / 60) / 100;
    return [
      minutes.toFixed(2),
      billed ? 'billed' : '-',
      dialSid ?? '-',
      answeredAt ?? '-',
      endedAt ?? '-',
    ].join(' ');
  }

  clone() {
    return Object.assign(new Call(), this, { heard: [...this.heard] });
  }

  get spent() {
    return this.used - this.refunded;
  }
}

export class Books {
  constructor(decks) {
    this.decks = decks;
    this.deck = decks[0];
    this.settings = { max_call_seconds: 14400, low_balance: '1' };
    this.users = new Map();
    this.calls = [];
    this.payments = new Map();
    this.entries = new Map();
  }

  /** Plays one event of a history: the answer, and the user and the call that it was about. */
  play(event) {
    let answer;
    try {
      answer = this[event.op](event);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = { error: error.message };
    }
    return { answer, user: this.#userState(event.user), call: this.#callState(event) };
  }

  #userState(id) {
    const user = this.users.get(id);
    return user ? { balance: credits(user.balance), held: credits(this.#held(id)) } : null;
  }

  #callState(event) {
    const call = this.#bySid(event.sid) ?? this.#byKey(event.user, event.key);
    return call ? `${call.facts()} ${call.details()}` : null;
  }

  #bySid(sid) {
    return sid && this.calls.find((call) => call.sid === sid);
  }

  #byKey(user, key) {
    return key && this.calls.find((call) => call.user === user && call.key === key);
  }

  #callsOf(user) {
    return this.calls.filter((call) => call.user === user);
  }

  #held(user) {
    return this.#callsOf(user).reduce((sum, call) => sum + call.held, 0n);
  }

  #available(user) {
    return this.users.get(user).balance - this.#held(user);
  }

  #balance(user) {
    return credits(this.users.get(user).balance);
  }

  /* Events: each is named as its op in the history. */

  user({ user, balance }) {
    this.users.set(user, { balance: micros(balance), limits: {} });
    return {};
  }

  settings_({ max_call_seconds, low_balance }) {
    this.settings = { max_call_seconds, low_balance };
    return {};
  }

  limits({ user, limits }) {
    this.users.get(user).limits = limits;
    return {};
  }

  publish({ deck }) {
    this.deck = this.decks[deck];
    return {};
  }

  write({ user, balance }) {
    this.users.get(user).balance = micros(balance);
    return {};
  }

  age({ user }) {
    for (const call of this.#callsOf(user)) call.aged = true;
    return {};
  }

  authorize({ user, number, sid }) {
    if (!this.users.has(user)) return this.#placed(null);
    let call = this.#bySid(sid);
    if (call && call.user !== user) refuse('23505');
    if (call && (call.number !== number || (!call.open && call.reason === null))) refuse('55000');
    call ??= this.#place({ user, number, sid: sid ?? null });
    return this.#placed(call);
  }

  start({ user, number, key }) {
    if (!this.users.has(user)) return { ...this.#placed(null), created: 'false' };
    const earlier = this.#byKey(user, key);
    const call = earlier ?? this.#place({ user, number, key: key ?? null });
    return { ...this.#leg(call), created: String(!earlier) };
  }

  attach({ user, key, sid }) {
    const call = this.#byKey(user, key) ?? refuse('22004');
    if (call.sid !== null && call.sid !== sid) refuse('23505');
    if (call.sid === null && !call.open) refuse('55000');
    if ((this.#bySid(sid) ?? call) !== call) refuse('23505');
    call.sid = sid;
    return { ...this.#leg(call), created: 'false' };
  }

  abandon({ user, key }) {
    const call = this.#byKey(user, key) ?? refuse('22004');
    const before = this.#known(call);
    if (call.sid === null && call.open) call.close('failed');
    return this.#settlement(call, before);
  }

  status({ sid, status, seconds, dialSid, at, owner }) {
    const call = this.#owned(sid, owner);
    return this.#settle(call, () => call.callback(status, seconds, dialSid, at));
  }

  reconcile({ sid, status, seconds, owner }) {
    const call = this.#owned(sid, owner);
    return this.#settle(call, () => call.account(status, seconds));
  }

  refund({ sid, credits: asked, owner, once }) {
    const call = this.#owned(sid, owner);
    const isSame = (earlier) =>
      earlier.call === call && (asked === null ? earlier.all : earlier.change === micros(asked));
    const earlier = this.#earlier(call.user, once, isSame);
    if (earlier) return { balance: earlier.balance };
    const left = call.spent;
    const given = asked === null ? left : micros(asked);
    if (given > left || (asked !== null && given <= 0n)) refuse('22023');
    call.refunded += given;
    this.users.get(call.user).balance += given;
    if (given) this.#remember(call.user, once, { call, change: given, all: call.spent === 0n });
    return { balance: this.#balance(call.user) };
  }

  adjust({ user, credits: change, once }) {
    if (micros(change) === 0n) refuse('22023');
    const account = this.users.get(user) ?? refuse('P0002');
    const isSame = (earlier) => !earlier.call && earlier.change === micros(change);
    const earlier = this.#earlier(user, once, isSame);
    if (earlier) return { balance: earlier.balance };
    account.balance += micros(change);
    this.#remember(user, once, { change: micros(change) });
    return { balance: this.#balance(user) };
  }

  /** What the back office's key made before, if anything. */
  #earlier(user, once, isSame) {
    const earlier = once && this.entries.get(`${user} ${once}`);
    if (earlier && !isSame(earlier)) refuse('23505');
    return earlier;
  }

  #remember(user, once, entry) {
    if (once) this.entries.set(`${user} ${once}`, { ...entry, balance: this.#balance(user) });
  }

  reverse({ payment, owner }) {
    const known = this.payments.get(payment);
    if (!known || (owner && owner !== known.user)) refuse('P0002');
    if (!known.reversed) {
      this.users.get(known.user).balance -= known.bought;
      known.reversed = this.#balance(known.user);
    }
    return { balance: known.reversed };
  }

  pay({ user, credits: bought, payment }) {
    const account = this.users.get(user) ?? refuse('P0002');
    const known = this.payments.get(payment);
    if (known && (known.user !== user || known.bought !== micros(bought))) refuse('23505');
    if (known) return { balance: known.balance };
    account.balance += micros(bought);
    this.payments.set(payment, { user, bought: micros(bought), balance: this.#balance(user) });
    return { balance: this.#balance(user) };
  }

  expire() {
    const lifeless = this.calls.filter((call) => call.open && call.aged && call.sid === null);
    for (const call of lifeless) call.close('failed');
    return { expired: String(lifeless.length) };
  }

  #owned(sid, owner) {
    const call = this.#bySid(sid);
    if (!call || (owner && call.user !== owner)) refuse('P0002');
    return call;
  }

  #settle(call, apply) {
    const before = this.#known(call);
    const used = call.used;
    apply();
    this.users.get(call.user).balance -= call.used - used;
    return this.#settlement(call, before);
  }

  /** All that an event can change. */
  #known({ status, open, billed, duration, answeredAt, dialSid, accountTaken }) {
    return [status, open, billed, duration, answeredAt, dialSid, accountTaken].join();
  }

  #settlement(call, before) {
    return {
      status: call.status,
      changed: String(this.#known(call) !== before),
      billed: String(call.billed),
      billed_seconds: String(call.billedSeconds),
      credits_used: credits(call.used),
      balance: this.#balance(call.user),
    };
  }

  #place(fields) {
    const call = new Call(fields);
    Object.assign(call, this.#decide(call.user, fields.number));
    if (call.reason) call.close('rejected');
    this.calls.push(call);
    return call;
  }

  /** May this user call that number, and how long: the refusals in the order of the page. */
  #decide(user, number) {
    const { limits } = this.users.get(user);
    const terms = termsFor(this.deck, number);
    if (!terms) return { reason: 'no_rate' };
    if (limits.max_rate && micros(terms.rate) > micros(limits.max_rate))
      return { terms, reason: 'destination_blocked' };
    const calls = this.#callsOf(user);
    if (
      limits.max_concurrent_calls &&
      calls.filter((call) => call.open).length >= limits.max_concurrent_calls
    )
      return { terms, reason: 'too_many_calls' };

    const longest = limits.max_call_seconds ?? this.settings.max_call_seconds;
    let maxSeconds = affordable(terms, this.#available(user), longest);
    if (limits.max_spend_per_day) {
      const spent = calls.reduce((sum, call) => sum + call.spent + call.held, 0n);
      const within = affordable(terms, micros(limits.max_spend_per_day) - spent, longest);
      if (within === 0) return { terms, reason: 'spend_limit' };
      maxSeconds = Math.min(maxSeconds, within);
    }
    if (maxSeconds === 0) return { terms, reason: 'insufficient_credit' };
    return { terms, maxSeconds, held: price(terms, maxSeconds) };
  }

  #placed(call) {
    if (!call) return { allowed: 'false', reason: 'unknown_user', max_seconds: null, balance: null };
    const available = this.#available(call.user);
    return {
      allowed: String(call.reason === null),
      reason: call.reason,
      rate: call.terms && credits(micros(call.terms.rate)),
      max_seconds: String(call.maxSeconds),
      balance: this.#balance(call.user),
      available: credits(available),
      low_balance: String(available + call.held < micros(this.settings.low_balance)),
    };
  }

  #leg(call) {
    return { ...this.#placed(call), call_sid: call.sid, status: call.status };
  }
}
