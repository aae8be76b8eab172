/**
 * Every order in which the events of one call can come, up to LENGTH of them, ends in books without a violation that say
 * what every_order.mjs says. Orders that lead to equal books are the same from there on, so the database is asked about each
 * of these books once; then every sequence is followed through what it answered.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { createDatabase } from '../http/lib/database.mjs';
import { BEGINNINGS, DECK, facts, history, outcome, refusal, steps } from './every_order.mjs';
import { deckCsv } from './history.mjs';

const LENGTH = 6;

let database, client;

before(async () => {
  database = await createDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  for (const file of ['play.sql', 'every_order.sql'])
    await client.query(await readFile(new URL(file, import.meta.url), 'utf8'));
  await client.query('SELECT worldtune.import_rates($1, allow_losses => true)', [deckCsv(DECK)]);
});
after(async () => {
  await client?.end();
  await database?.drop();
});

/** What the database says after the history, the sequence and each of the next steps. */
async function ask(beginning, sequence, next) {
  const named = steps(beginning);
  const played = [...history(beginning), ...sequence.flatMap((name) => named[name])];
  await client.query('BEGIN');
  const { rows } = await client.query('SELECT to_jsonb(a) AS seen FROM after_each($1, $2) a', [
    JSON.stringify(played),
    JSON.stringify(next),
  ]);
  await client.query('ROLLBACK');
  return rows.map(({ seen }) => seen);
}

const NOTHING = [{ op: 'age', seconds: 0 }];

/** Books that orders lead to, each with what every next step makes of them. */
async function explore(beginning) {
  const [names, next] = [Object.keys(steps(beginning)), Object.values(steps(beginning))];
  const known = new Map();
  const meet = (seen, sequence) => {
    const key = JSON.stringify(seen.books);
    if (!known.has(key)) known.set(key, { ...seen, id: known.size, sequence, next: {} });
    return known.get(key);
  };
  const [first] = await ask(beginning, [], [NOTHING]);
  for (let length = 0, level = [meet(first, [])]; length < LENGTH; length++) {
    const before = known.size;
    for (const books of level)
      for (const [i, seen] of (await ask(beginning, books.sequence, next)).entries())
        books.next[names[i]] = { answer: seen.answer, to: meet(seen, [...books.sequence, names[i]]) };
    level = [...known.values()].slice(before);
  }
  return known;
}

/** Follows every sequence from these books on; `met` hears of each with where it led from and to. */
function walk(from, sequence, names, met) {
  if (sequence.length === LENGTH) return;
  for (const name of names) {
    const longer = [...sequence, name];
    met(from, longer);
    walk(from.next[name].to, longer, names, met);
  }
}

/** What is written of each sequence beside what the database says, compared once for each pair of the two. */
function comparison(beginning) {
  const agreed = new Set();
  return (from, sequence) => {
    const step = sequence.at(-1);
    const [before, now] = [facts(beginning, sequence.slice(0, -1)), facts(beginning, sequence)];
    const { answer, to } = from.next[step];
    const pair = [from.id, step, JSON.stringify(before), JSON.stringify(now)].join();
    if (agreed.has(pair)) return null;
    const expected = { ...outcome(beginning, now), error: refusal(beginning, before, step) };
    const said = { ...to.books, error: answer.error ?? null };
    const actual = Object.fromEntries(Object.keys(expected).map((name) => [name, said[name]]));
    if (!isDeepStrictEqual(actual, expected)) return { sequence, actual, expected };
    agreed.add(pair);
    return null;
  };
}

for (const beginning of BEGINNINGS)
  it(`every order of up to ${LENGTH} events of a call ${beginning.name} ends in the books that are written`, async (t) => {
    const known = await explore(beginning);
    for (const { sequence, violations, receipt } of known.values()) {
      assert.deepEqual(violations, [], `check_integrity() after ${sequence.join(', ')}`);
      assert.equal(receipt, null, `explain_charge() after ${sequence.join(', ')}`);
    }

    let sequences = 0;
    let shortest = null;
    const [start] = known.values();
    const compare = comparison(beginning);
    walk(start, [], Object.keys(steps(beginning)), (from, sequence) => {
      sequences++;
      const difference = compare(from, sequence);
      if (difference && !(shortest?.sequence.length <= sequence.length)) shortest = difference;
    });
    if (shortest)
      assert.deepEqual(shortest.actual, shortest.expected, `after ${shortest.sequence.join(', ')}`);
    t.diagnostic(`${sequences} sequences, ${known.size} different books`);
  });
