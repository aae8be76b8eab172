/** What the relay's live events make of the state. */
import type { LiveCall, LiveEvent, LiveReady } from '../live/live.ts';
import { parseMoney } from '../money/money.ts';
import {
  fundsOf,
  isOver,
  newCall,
  phaseOf,
  type ActiveCall,
  type EndedCall,
  type Phase,
  type PhoneState,
} from './state.ts';

/** Before its voice has told its SID, a call that is begun here is known by its number. */
function isSame(call: ActiveCall, told: LiveCall): boolean {
  if (call.callSid !== null) return call.callSid === told.callSid;
  return told.number === call.number;
}

const PHASES: Phase[] = ['connecting', 'ringing', 'talking', 'ending'];

/** The voice may know earlier than the relay, and the other way round: a call never turns back. */
const later = (one: Phase, other: Phase): Phase =>
  PHASES.indexOf(one) > PHASES.indexOf(other) ? one : other;

/** The call as the relay tells it, and as it was known before. */
function follow(known: ActiveCall | null, told: LiveCall): ActiveCall {
  const call = known ?? newCall(told.number ?? '', false);
  const phase = phaseOf(told.status);
  const talking = phase === 'talking';
  return {
    ...call,
    callSid: told.callSid ?? call.callSid,
    number: told.number ?? call.number,
    phase: later(call.phase, phase),
    answeredAt: talking ? (call.answeredAt ?? Date.now() - (told.durationSeconds ?? 0) * 1000) : null,
    maxSeconds: told.maxSeconds ?? call.maxSeconds,
    cost: told.cost === null ? call.cost : parseMoney(told.cost),
  };
}

/** Another call than the one that is shown goes unnoticed: one is shown at a time. */
export function withCall(state: PhoneState, told: LiveCall): PhoneState {
  if (isOver(told.status)) return state;
  if (state.call && !isSame(state.call, told)) return state;
  return { ...state, call: follow(state.call, told), ended: null };
}

function endedOf(state: PhoneState, event: Extract<LiveEvent, { type: 'call.ended' }>): EndedCall {
  return {
    callSid: event.callSid,
    callId: event.callId,
    number: event.number ?? state.call?.number ?? '',
    country: state.call?.country ?? null,
    status: event.status,
    why: event.why,
    seconds: event.durationSeconds ?? 0,
    billedSeconds: event.billedSeconds,
    cost: event.cost === null ? null : parseMoney(event.cost),
    balance: parseMoney(event.balance),
    settling: false,
  };
}

function withEnd(state: PhoneState, event: Extract<LiveEvent, { type: 'call.ended' }>): PhoneState {
  const shown = state.call !== null && isSame(state.call, event);
  const settled = state.ended !== null && state.ended.callSid === event.callSid;
  if (!shown && !settled) return { ...state, booksVersion: state.booksVersion + 1 };
  const ended = endedOf(state, event);
  return {
    ...state,
    call: shown ? null : state.call,
    ended: settled ? { ...ended, country: state.ended?.country ?? null } : ended,
    booksVersion: state.booksVersion + 1,
  };
}

/** The state as the relay knows it now: what it does not list is over. */
export function withReady(state: PhoneState, ready: LiveReady): PhoneState {
  const funds = fundsOf(ready.balance, ready.available);
  const next = { ...state, funds, booksVersion: state.booksVersion + 1 };
  const known = state.call && ready.calls.find((told) => isSame(state.call as ActiveCall, told));
  if (known) return withCall(next, known);
  // A call whose voice is here may be so new that the relay has not heard of it.
  if (state.call?.here) return next;
  const [first] = ready.calls;
  return first ? withCall({ ...next, call: null }, first) : { ...next, call: null };
}

export function withEvent(state: PhoneState, event: LiveEvent, replayed: boolean): PhoneState {
  if (event.type === 'call.ended') {
    const next = withEnd(state, event);
    return replayed ? next : { ...next, funds: fundsOf(event.balance, event.available) };
  }
  // What happened before the state that the relay told is part of that state.
  if (replayed) return state;
  switch (event.type) {
    case 'call.status':
      return { ...withCall(state, event), funds: fundsOf(event.balance, event.available) };
    case 'credit.changed':
      return {
        ...state,
        funds: fundsOf(event.balance, event.available),
        booksVersion: state.booksVersion + 1,
      };
    case 'credit.low':
      return state.call ? { ...state, call: { ...state.call, lowCredit: true } } : state;
    // A mute changes nothing here, nor does what a newer relay may tell.
    default:
      return state;
  }
}
