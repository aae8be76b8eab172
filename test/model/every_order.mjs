/**
 * What a call's books say after its events, whatever their order: docs/sql.md (Authorising, Recording, Correcting,
 * Watching) said as one function of the whole sequence. It knows nothing of steps or states.
 */
import { credits, micros, price } from './books.mjs';

const USER = '00000000-0000-4000-8000-0000000000a1';
const KEY = 'the only call';
const SID = 'CAorder';
const LEG = { one: 'CAdialled1', other: 'CAdialled2' };
export const DECK = [{ prefix: '44', rate: '0.6', fee: '0', minimum: 1, increment: 1 }];
const NUMBER = '+442079460958';

/** Status, seconds, the dialled leg it tells of, and when it happened, in seconds from now: never later. */
const CARRIER = {
  initiated: { status: 'initiated', dialSid: LEG.one, at: -9 },
  ringing: { status: 'ringing', dialSid: LEG.one, at: -8 },
  'in-progress': { status: 'in-progress', dialSid: LEG.one, at: -5 },
  'completed 61': { status: 'completed', seconds: 61, dialSid: LEG.one, at: -2 },
  'completed 63': { status: 'completed', seconds: 63, dialSid: LEG.other, at: -1 },
  busy: { status: 'busy', dialSid: LEG.one, at: -3 },
  reconcile: { status: 'completed', seconds: 65, account: true, at: 0 },
};
const RANK = ['queued', 'initiated', 'ringing', 'in-progress', 'failed', 'busy', 'completed'];
const isFinal = (status) => RANK.indexOf(status) >= RANK.indexOf('failed');

/** How a call begins: with a SID (the browser placed it) or without (the relay will); with how much credit. */
export const BEGINNINGS = [
  { name: 'placed by the browser', placed: 'authorize', balance: '10', maxSeconds: 1000 },
  { name: 'with credit for 62 seconds', placed: 'authorize', balance: '0.62', maxSeconds: 62 },
  { name: 'placed by the relay', placed: 'start', balance: '10', maxSeconds: 1000 },
];

const place = ({ placed }) => ({ op: placed, user: USER, number: NUMBER, sid: SID, key: KEY });

/** The events of play.sql that make such a call. */
export const history = (beginning) => [
  { op: 'user', user: USER, balance: beginning.balance },
  place(beginning),
];

/** What can happen next: name → events of play.sql. */
export function steps(beginning) {
  const told = Object.entries(CARRIER).map(([name, { account, ...said }]) => [
    name,
    [{ op: account ? 'reconcile' : 'status', sid: SID, owner: USER, ...said }],
  ]);
  const again = place(beginning);
  const steps = Object.fromEntries(told);
  steps['authorise again'] = [again];
  steps.expire = [{ op: 'age', user: USER, seconds: 20000 }, { op: 'expire' }];
  if (beginning.placed === 'start') steps.attach = [{ op: 'attach', user: USER, key: KEY, sid: SID }];
  return steps;
}

const text = (fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value === null ? null : String(value)]),
  );

/**
 * What matters of a sequence: the carrier's news of the call once it had a SID (of a SID that nobody knows it says nothing),
 * each at its first mention, for a repeat is no news. When time passes before there is a SID, the call expires, for good; of
 * any other the carrier can be asked, which is due when time passes after its answer, or else after its first sign of life.
 */
export function facts(beginning, sequence) {
  const attached = beginning.placed === 'authorize' ? -1 : sequence.indexOf('attach');
  const passed = sequence.indexOf('expire');
  const expired = beginning.placed === 'start' && passed >= 0 && (attached < 0 || passed < attached);
  const hasSid = beginning.placed === 'authorize' || (attached >= 0 && !expired);
  const told = hasSid ? [...new Set(sequence.slice(attached + 1).filter((name) => name in CARRIER))] : [];
  const last = told.includes('in-progress') ? 'in-progress' : told[0];
  return {
    hasSid,
    told,
    expired,
    due: sequence.lastIndexOf('expire') > sequence.indexOf(last, attached + 1),
  };
}

/** The first duration is billed, each other one corrects it, once; what exceeds the authorised seconds is never billed. */
function charges(durations, maxSeconds) {
  const prices = durations.map((seconds) => price(DECK[0], Math.min(seconds, maxSeconds)));
  return prices.map((amount, i) => ({
    kind: i ? 'adjustment' : 'call',
    delta: (prices[i - 1] ?? 0n) - amount,
  }));
}

/** The books after a sequence of which these are the facts. */
export function outcome(beginning, { hasSid, told: names, expired, due }) {
  const told = names.map((name) => CARRIER[name]);
  const lastWord = told.findIndex((event) => event.account);
  const settling = lastWord < 0 ? told : told.slice(0, lastWord + 1);
  const durations = settling.flatMap((event) => event.seconds ?? []);
  const billing = settling.find((event) => event.seconds);
  const final = settling.find((event) => isFinal(event.status));

  const reported = ['queued', ...(expired ? ['failed'] : []), ...settling.map((event) => event.status)];
  const [status] = reported.sort((a, b) => RANK.indexOf(b) - RANK.indexOf(a));
  const ended = expired ? 0 : ((billing ?? final)?.at ?? null);
  const answered = told.find((event) => event.status === 'in-progress')?.at ?? null;
  const ledger = charges(durations, beginning.maxSeconds).filter(({ delta }) => delta !== 0n);
  const spent = ledger.reduce((sum, { delta }) => sum - delta, 0n);
  const isOpen = ended === null;
  const billedSeconds = durations.length ? Math.min(durations.at(-1), beginning.maxSeconds) : null;

  return text({
    status,
    call_sid: hasSid ? SID : null,
    dial_call_sid: told.find((event) => event.dialSid)?.dialSid ?? null,
    credits_held: credits(isOpen ? price(DECK[0], beginning.maxSeconds) : 0n),
    duration_seconds: durations.at(-1) ?? null,
    billed_seconds: billedSeconds,
    duration_minutes: hundredths(billedSeconds ?? 0),
    credits_used: credits(spent),
    balance: credits(micros(beginning.balance) - spent),
    ledger: ledger.map(({ kind, delta }) => `${kind} ${credits(delta)}`).join(', '),
    answered_at: answered,
    ended_at: ended,
    billed_at: durations.length ? 0 : null,
    reconciled_at: lastWord < 0 ? null : 0,
    overdue: isOpen && hasSid && due ? (answered === null ? 'no_final_status' : 'past_limit') : null,
  });
}

/** Minutes with two decimals, half up. */
function hundredths(seconds) {
  const value = Math.floor((seconds * 100 + 30) / 60);
  return `${Math.floor(value / 100)}.${String(value % 100).padStart(2, '0')}`;
}

/** What a step answers to a call of which those were the facts: the SQLSTATE of its refusal, or null. */
export function refusal(beginning, before, step) {
  if (CARRIER[step]) return before.hasSid ? null : 'P0002';
  if (step === 'attach') return before.expired ? '55000' : null;
  const isOver = outcome(beginning, before).ended_at !== null;
  return step === 'authorise again' && beginning.placed === 'authorize' && isOver ? '55000' : null;
}
