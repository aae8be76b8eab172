/** Random histories of events, the same for the same seed. */

/** Numbers from a seed (xorshift32): not for secrets, only to be had again. */
export function dice(seed) {
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0 || 1;
  const below = (limit) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
  return { below, pick: (list) => list[below(list.length)], chance: (percent) => below(100) < percent };
}

const terms = (prefix, rate, fee, minimum, increment) => ({ prefix, rate, fee, minimum, increment });

/** Two decks with the same prefixes at other terms: a call is billed by those it was authorised at. */
export const DECKS = [
  [
    terms('44', '0.6', '0', 60, 60),
    terms('447', '0.013', '0', 30, 6),
    terms('33', '0.333333', '0.05', 1, 1),
    terms('86', '0.000001', '0', 1, 1),
    terms('1876', '99.999999', '1.234567', 60, 60),
    terms('49', '12.5', '0', 60, 60),
  ],
  [
    terms('44', '0.7', '0.01', 30, 6),
    terms('447', '0.0137', '0', 1, 1),
    terms('33', '0.25', '0', 60, 60),
    terms('86', '0.1', '0.000001', 30, 6),
    terms('49', '0.02', '0', 60, 1),
  ],
];

export const deckCsv = (deck) =>
  ['prefix,rate,connection_fee,minimum_seconds,increment_seconds']
    .concat(deck.map((t) => [t.prefix, t.rate, t.fee, t.minimum, t.increment].join()))
    .join('\n')
    .concat('\n');

export const NUMBERS = [
  '+442079460958',
  '+447700900123',
  '+33123456789',
  '+8613912345678',
  '+18765550100',
  '+4930123456',
  '+74951234567',
];
const PROGRESS = ['queued', 'initiated', 'ringing', 'in-progress'];
const UNANSWERED = ['canceled', 'failed', 'no-answer', 'busy'];
const SECONDS = [0, 1, 2, 5, 6, 7, 29, 30, 31, 36, 37, 59, 60, 61, 62, 119, 120, 121, 600, 14400, 100000];
const OPENINGS = ['0', '0.5', '7.123456', '250'];
/** Every history begins with so many events that make its users, deck and settings. */
export const PREAMBLE = OPENINGS.length + 2;
const STRANGER = '00000000-0000-4000-8000-000000000000';

class Story {
  constructor(seed, label) {
    this.dice = dice(seed);
    this.label = label;
    this.users = OPENINGS.map((_, i) => `${label}-0000-4000-8000-00000000000${i}`);
    this.events = this.users.map((user, i) => ({ op: 'user', user, balance: OPENINGS[i] }));
    this.events.push({ op: 'publish', deck: 0 }, this.#settings('1', 14400));
    this.sids = [];
    this.keys = [];
  }

  /** The newest calls are the likeliest, so that events of one life meet. */
  #recent(list) {
    const { below, chance } = this.dice;
    return list[chance(80) ? Math.max(0, list.length - 1 - below(6)) : below(list.length)];
  }

  #user() {
    return this.dice.chance(1) ? STRANGER : this.dice.pick(this.users);
  }

  #amount(below) {
    const { chance, below: roll } = this.dice;
    const decimals = chance(50) ? '' : `.${String(roll(1000000)).padStart(6, '0')}`;
    return `${roll(below)}${decimals}`;
  }

  #sid() {
    if (this.sids.length === 0 || this.dice.chance(2)) return { sid: 'CA404', owner: null };
    const { sid, user } = this.#recent(this.sids);
    return { sid, user, owner: this.dice.chance(3) ? this.#user() : this.dice.pick([null, user]) };
  }

  #seconds() {
    const { chance, pick, below } = this.dice;
    return chance(15) ? below(20000) : pick(SECONDS);
  }

  #outcome() {
    const { chance, pick } = this.dice;
    if (chance(45)) return { status: pick(PROGRESS), seconds: null };
    if (chance(25)) return { status: pick(UNANSWERED), seconds: pick([null, 0]) };
    return { status: 'completed', seconds: chance(12) ? null : this.#seconds() };
  }

  #settings(low_balance, max_call_seconds) {
    return { op: 'settings_', low_balance, max_call_seconds };
  }

  #limits() {
    const { pick } = this.dice;
    return {
      max_concurrent_calls: pick([null, 1, 3, 10]),
      max_spend_per_day: pick([null, '1', '20', '500']),
      max_rate: pick([null, null, '0.5', '50']),
      max_call_seconds: pick([null, 90, 3600]),
    };
  }

  #authorize() {
    const { pick, chance, below } = this.dice;
    const user = this.#user();
    if (this.sids.length && chance(8))
      return { op: 'authorize', user: this.#user(), number: pick(NUMBERS), sid: this.#recent(this.sids).sid };
    const sid = chance(3) ? null : `CA${this.label}_${this.sids.length}`;
    if (sid && user !== STRANGER) this.sids.push({ sid, user });
    return { op: 'authorize', user, number: chance(70) ? NUMBERS[below(3)] : pick(NUMBERS), sid };
  }

  #start() {
    const { pick, chance } = this.dice;
    const repeat = this.keys.length && chance(15);
    const made = repeat ? this.#recent(this.keys) : { user: this.#user(), key: `key ${this.keys.length}` };
    if (!repeat && made.user !== STRANGER) this.keys.push(made);
    return { op: 'start', ...made, number: pick(NUMBERS) };
  }

  #attach() {
    if (!this.keys.length) return this.#start();
    const { user, key } = this.#recent(this.keys);
    const known = this.sids.length && this.dice.chance(10);
    const sid = known ? this.#recent(this.sids).sid : `CA${this.label}_${key.slice(4)}k`;
    if (!known) this.sids.push({ sid, user });
    return { op: 'attach', user, key, sid };
  }

  #abandon() {
    return this.keys.length ? { op: 'abandon', ...this.#recent(this.keys) } : this.#start();
  }

  #status() {
    const dialSid = this.dice.chance(60) ? this.dice.pick(['CAd1', 'CAd2']) : null;
    return { op: 'status', ...this.#sid(), ...this.#outcome(), dialSid, at: -this.dice.below(3600) };
  }

  #reconcile() {
    return {
      op: 'reconcile',
      ...this.#sid(),
      ...this.#outcome(),
      cost: this.dice.pick([null, '0.014', '0.0085']),
    };
  }

  #refund() {
    const { pick, chance } = this.dice;
    const credits = chance(40) ? null : pick(['0', '0.000001', '0.3', '0.6', '1', this.#amount(3)]);
    return { op: 'refund', ...this.#sid(), credits, once: this.#once() };
  }

  /** The back office's key, often one that another request has used. */
  #once() {
    const { chance, below } = this.dice;
    return chance(60) ? null : `once ${below(1 + Math.ceil(this.events.length / 40))}`;
  }

  #payment() {
    return `pi_${this.label}_${this.dice.below(1 + Math.ceil(this.events.length / 20))}`;
  }

  #pay() {
    const credits = this.dice.pick(['1', '5', '0.000001', '10', '33.333333']);
    return { op: 'pay', user: this.#user(), credits, payment: this.#payment() };
  }

  #reverse() {
    const user = this.#user();
    return { op: 'reverse', payment: this.#payment(), user, owner: this.dice.chance(15) ? user : null };
  }

  #adjust() {
    const sign = this.dice.chance(60) ? '-' : '';
    return { op: 'adjust', user: this.#user(), credits: `${sign}${this.#amount(4)}`, once: this.#once() };
  }

  #rare() {
    const { pick } = this.dice;
    const user = pick(this.users);
    return pick([
      () => ({ op: 'publish', deck: this.dice.below(DECKS.length) }),
      () => this.#settings(pick(['0', '1', '5']), pick([20, 90, 600, 14400])),
      () => ({ op: 'limits', user, limits: this.#limits() }),
      () => ({ op: 'limits', user, limits: {} }),
      () => ({ op: 'write', user, balance: this.#amount(20) }),
    ])();
  }

  /** The next event: often one that came before, word for word. */
  next() {
    const { below, chance } = this.dice;
    if (chance(10)) return this.#recent(this.events.slice(PREAMBLE)) ?? this.#authorize();
    let roll = below(100);
    const weights = [
      [16, () => this.#authorize()],
      [6, () => this.#start()],
      [4, () => this.#attach()],
      [2, () => this.#abandon()],
      [44, () => this.#status()],
      [8, () => this.#reconcile()],
      [6, () => this.#refund()],
      [5, () => this.#pay()],
      [1, () => this.#reverse()],
      [2, () => this.#adjust()],
      [1, () => ({ op: 'age', user: this.dice.pick(this.users) })],
      [1, () => ({ op: 'expire' })],
      [4, () => this.#rare()],
    ];
    return weights.find(([weight]) => (roll -= weight) < 0)[1]();
  }
}

/** So many events on users and calls of its own; label is 8 hexadecimal digits. It ends with no call left to expire. */
export function history(seed, label, length) {
  const story = new Story(seed, label);
  while (story.events.length < length) story.events.push(story.next());
  return [...story.events, ...story.users.map((user) => ({ op: 'age', user })), { op: 'expire' }];
}
