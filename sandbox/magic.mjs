/**
 * What happens to a call, decided by the number that is dialled: 555 and three more digits at its end.
 * The same endings of a client's identity decide about a call to a browser.
 */
const ORDINARY = {
  outcome: 'answered',
  ringSeconds: 3,
  talkSeconds: 61,
  /** Status callbacks: 'normal', 'twice', 'reversed', 'final-lost', or 'all-final-lost' (the <Dial> action too). */
  callbacks: 'normal',
  /** The request that creates the call: 'accepted', or one of the answers in rest.mjs. */
  create: 'accepted',
};

/** A browser that is rung waits for the other side's end; so does a far end that somebody really talks to. */
const ENDLESS = { ...ORDINARY, talkSeconds: Infinity };

/** Up to here the three digits are the seconds of talk. */
const TALK_MAX = 899;

export const MAGIC = {
  900: { outcome: 'busy' },
  901: { outcome: 'no-answer' },
  902: { outcome: 'failed' },
  903: { talkSeconds: Infinity },
  904: { ringSeconds: 15 },
  910: { callbacks: 'final-lost' },
  911: { callbacks: 'all-final-lost' },
  912: { callbacks: 'twice' },
  913: { callbacks: 'reversed' },
  920: { create: 'forbidden' },
  921: { create: 'failing' },
  922: { create: 'failing-afterwards' },
  923: { create: 'late' },
  924: { create: 'cut' },
  925: { create: 'too-many' },
};

/** The plan of a call to this number or client; `voiced` when somebody really talks. */
export function planFor(destination, voiced = false) {
  const code = /555(\d{3})$/.exec(destination)?.[1];
  const ordinary = voiced || destination.startsWith('client:') ? ENDLESS : ORDINARY;
  if (code === undefined) return ordinary;
  if (Number(code) <= TALK_MAX) return { ...ordinary, talkSeconds: Number(code) };
  return { ...ordinary, ...MAGIC[code] };
}
