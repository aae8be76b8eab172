/** What the carrier charges for a leg, as Twilio does: every started minute, some time after the end, below zero. */
import { COUNTRIES } from './prices.mjs';

const RATED_AFTER_MS = 60_000;
const CLIENT_MINUTE = 0.004;
const OTHER_MINUTE = 0.014;

/** The price of a minute to a number: the one with its longest prefix, whatever the caller ID. */
function minuteTo(to) {
  const digits = to.replace(/^\+/, '');
  const fits = Object.values(COUNTRIES)
    .flatMap(({ prices }) => prices)
    .flatMap(({ current, destinations }) => destinations.map((prefix) => ({ prefix, current })))
    .filter(({ prefix }) => digits.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return fits.length ? Number(fits[0].current) : OTHER_MINUTE;
}

/** Text such as "-0.02800"; null until the leg is rated, and for one that nobody answered. */
export function priceOf(leg) {
  if (!leg.over || !leg.answered || leg.story.clock.now() < leg.endedAt + RATED_AFTER_MS) return null;
  const isClient = [leg.to, leg.direction === 'inbound' ? leg.from : ''].some((end) =>
    end.startsWith('client:'),
  );
  const minutes = Math.ceil(leg.duration / 60);
  return (-minutes * (isClient ? CLIENT_MINUTE : minuteTo(leg.to))).toFixed(5);
}
