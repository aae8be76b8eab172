/**
 * Random histories through the functions and through the model beside: after every event both say the same.
 * MODEL_EVENTS: how many in all. The first histories are the same every time, so that an old mistake is found again; the
 * rest have fresh seeds, printed. MODEL_SEED plays from that seed on instead.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { createDatabase } from '../http/lib/database.mjs';
import { Books } from './books.mjs';
import { DECKS, PREAMBLE, deckCsv, history } from './history.mjs';
import { UNEXPLAINED } from '../audit/receipts.mjs';
import { progress } from '../torture/progress.mjs';

const EVENTS = Number(process.env.MODEL_EVENTS ?? 10000);
const HISTORY = 400;
const FIXED = 20;
const SHRINK_MS = 30000;

let database, client;

before(async () => {
  database = await createDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  await client.query(await readFile(new URL('play.sql', import.meta.url), 'utf8'));
  await client.query('CREATE TABLE decks (deck int, csv text)');
  for (const [i, deck] of DECKS.entries())
    await client.query('INSERT INTO decks VALUES ($1, $2)', [i, deckCsv(deck)]);
});
after(async () => {
  await client?.end();
  await database?.drop();
});

/** What the model says beside what the functions said, when they differ. An answer may say more than the model knows. */
function difference(expected, actual) {
  const { answer, user, call } = expected;
  const answered =
    answer.error === actual.answer.error &&
    Object.entries(answer).every(([key, value]) => actual.answer[key] === value);
  const same = answered && call === actual.call && isDeepStrictEqual(user, actual.user);
  return same ? null : { expected, actual };
}

/** Plays a history on both sides; the first event after which they differ, or null. Only a true one is kept. */
async function play(events, keep = false) {
  const books = new Books(DECKS);
  await client.query('BEGIN');
  const { rows } = await client.query('SELECT * FROM play($1)', [JSON.stringify(events)]);
  let found = null;
  for (let i = 0; i < events.length && !found; i++) {
    const what = difference(books.play(events[i]), rows[i].play);
    if (what) found = { index: i, ...what };
  }
  await client.query(keep && !found ? 'COMMIT' : 'ROLLBACK');
  return found;
}

/** Leaves out of a history that differs all that it differs without. */
async function shrink(events, found) {
  const deadline = Date.now() + SHRINK_MS;
  for (let size = Math.ceil(events.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0)
    for (let at = events.length - 1 - size; at >= PREAMBLE && Date.now() < deadline; at -= size) {
      const fewer = events.filter((_, i) => i < at || i >= at + size);
      const still = await play(fewer);
      if (still) [events, found] = [fewer.slice(0, still.index + 1), still];
    }
  return { events, found };
}

async function report(seed, events, first) {
  const prefix = events.slice(0, first.index + 1);
  const shortest = await shrink(prefix, first);
  const lines = shortest.events.map((event) => JSON.stringify(event));
  const { expected, actual } = shortest.found;
  return [
    `seed ${seed}: they differ after event ${first.index + 1}. The shortest history found that does so:`,
    ...lines,
    `the model:     ${JSON.stringify(expected)}`,
    `the functions: ${JSON.stringify(actual)}`,
  ].join('\n');
}

function* seeds(fresh) {
  const given = Number(process.env.MODEL_SEED ?? 0);
  if (!given) for (let seed = 1; seed <= FIXED; seed++) yield seed;
  for (let seed = given || fresh; ; seed++) yield seed;
}

it(`${EVENTS} random events leave the same books in the functions and in the model`, async (t) => {
  const ops = new Map();
  const fresh = randomInt(FIXED + 1, 2 ** 31);
  let played = 0;
  for (const seed of seeds(fresh)) {
    const events = history(seed, seed.toString(16).padStart(8, '0'), HISTORY);
    const found = await play(events, true);
    if (found) assert.fail(await report(seed, events, found));
    for (const opinion of ['worldtune.check_integrity', 'audit.books']) {
      const { rows } = await client.query(`SELECT * FROM ${opinion}()`);
      assert.deepEqual(rows, [], `${opinion}() after seed ${seed}`);
    }
    const { rows: unexplained } = await client.query(UNEXPLAINED);
    assert.deepEqual(unexplained, [], `explain_charge() after seed ${seed}`);
    for (const { op } of events) ops.set(op, (ops.get(op) ?? 0) + 1);
    played += events.length;
    progress(`${played} events, seed ${seed}`);
    if (played >= EVENTS) break;
  }
  t.diagnostic(process.env.MODEL_SEED ? '' : `seeds 1 to ${FIXED}, then from ${fresh}`);
  t.diagnostic(`${played} events: ${[...ops].map(([op, count]) => `${op} ${count}`).join(', ')}`);
});
