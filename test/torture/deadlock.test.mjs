/**
 * A mixed load on few users by many clients at once: no deadlock, and the books true at every moment that is looked at.
 * TORTURE_SECONDS: how long.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import pg from 'pg';
import { createDatabase } from '../http/lib/database.mjs';
import { DECKS, NUMBERS, deckCsv, dice } from '../model/history.mjs';
import { progress } from './progress.mjs';

const SECONDS = Number(process.env.TORTURE_SECONDS ?? 10);
const CLIENTS = 16;
const USERS = 4;
const RECENT = 24;
/** Refusals that such a load meets by design: an argument that does not fit, no such call or user, a SID or payment taken, a call that is over. */
const REFUSALS = ['22023', '22004', 'P0002', '23505', '55000'];
const SERIALIZATION_FAILURE = '40001';
const EXPECTED = [SERIALIZATION_FAILURE, ...REFUSALS];

const unexpected = [];
const describe = ({ code, message, detail, where }, sql, parameters) =>
  [`${code} ${message} in ${sql} ${parameters}`, detail, where].join('\n');
let database, users, seed;

before(async () => {
  database = await createDatabase();
  // What waits is looked at at once: a deadlock shows in milliseconds.
  await database.query(`ALTER DATABASE ${database.name} SET deadlock_timeout = '10ms'`);
  await database.query('SELECT worldtune.import_rates($1, allow_losses => true)', [deckCsv(DECKS[0])]);
  await database.query('UPDATE worldtune.settings SET hold_expiry_seconds = 1, overdue_grace_seconds = 0');
  users = await Promise.all(Array.from({ length: USERS }, () => database.addUser('500')));
  seed = Date.now();
});
after(() => database?.drop());

/** What all clients share: the newest calls, so that they meet at the same rows. */
const recent = [];
function remember(call) {
  recent.push(call);
  if (recent.length > RECENT) recent.shift();
}

const AUTHORIZE = 'SELECT allowed FROM worldtune.authorize_call($1, $2, $3)';
const STATUS = 'SELECT billed FROM worldtune.record_call_status($1, $2, $3)';
let made = 0;

/** One transaction's worth of work, weighted as given: an array of statements. */
function work({ pick, below, chance }) {
  const user = pick(users).id;
  const call = recent.length ? pick(recent) : { sid: 'CA404', user };
  const status = (word, seconds = null) => [[STATUS, [call.sid, word, seconds]]];
  const authorize = (sid) => [[AUTHORIZE, [user, pick(NUMBERS), sid]]];
  const kinds = [
    [20, () => (remember({ sid: `CA${++made}`, user }), authorize(`CA${made}`))],
    [4, () => authorize(call.sid)],
    [6, () => start(user, pick(NUMBERS))],
    [20, () => status(pick(['initiated', 'ringing', 'in-progress']))],
    [20, () => status('completed', 1 + below(300))],
    [5, () => status(pick(['busy', 'no-answer', 'failed', 'canceled']))],
    [5, () => [["SELECT worldtune.reconcile_call($1, 'completed', $2, 0.01)", [call.sid, below(300)]]]],
    [5, () => [['SELECT worldtune.refund_call($1, $2)', [call.sid, chance(50) ? null : '0.01']]]],
    [5, () => [['SELECT worldtune.add_credits($1, 3, $2, 3)', [user, `pi_${below(made + 2)}`]]]],
    [2, () => [["SELECT worldtune.adjust_credits($1, $2, 'load')", [user, pick(['-2.5', '1'])]]]],
    [2, () => [['UPDATE users SET credit_balance = credit_balance + 0.5 WHERE id = $1', [user]]]],
    [2, () => [['SELECT worldtune.expire_holds()', []]]],
    [2, () => [['SELECT * FROM worldtune.overdue_calls(5, 1)', []]]],
    [3, () => [["SELECT worldtune.anonymize_numbers('0 seconds')", []]]],
    [1, () => [['SELECT * FROM worldtune.check_integrity()', []]]],
  ];
  let roll = below(kinds.reduce((sum, [weight]) => sum + weight, 0));
  return kinds.find(([weight]) => (roll -= weight) < 0)[1]();
}

/** Started, then attached, authorised anew under the same SID, or abandoned, by whoever comes first. */
function start(user, number) {
  const sid = `CA${++made}`;
  const key = `key ${sid}`;
  const id = '(SELECT id FROM call_logs WHERE idempotency_key = $2 AND user_id = $1)';
  remember({ sid, user });
  return [
    ['SELECT worldtune.start_call($1, $2, $3)', [user, number, key]],
    [`SELECT worldtune.attach_call(${id}, $3, $1)`, [user, key, sid]],
    [`SELECT worldtune.abandon_call(${id}, $1)`, [user, key]],
  ];
}

class Client {
  constructor(number, tally) {
    Object.assign(this, { tally, dice: dice(seed + number), client: new pg.Client(database.url) });
  }

  async run(goesOn) {
    await this.client.connect();
    try {
      while (goesOn()) for (const statement of work(this.dice)) await this.#transact(statement);
    } finally {
      await this.client.end();
    }
  }

  async #transact([sql, parameters]) {
    const repeatable = this.dice.chance(10);
    if (repeatable) await this.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const outcome = await this.#ask(sql, parameters);
    this.tally.set(outcome, (this.tally.get(outcome) ?? 0) + 1);
    if (repeatable) await this.client.query('COMMIT');
  }

  async #ask(sql, parameters) {
    try {
      const { rows } = await this.client.query(sql, parameters);
      if (sql.includes('check_integrity')) assert.deepEqual(rows, [], 'the books at this moment');
      return 'done';
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      if (!EXPECTED.includes(error.code)) unexpected.push(describe(error, sql, parameters));
      return error.code;
    }
  }
}

it(`${CLIENTS} clients on ${USERS} users for ${SECONDS} s: no deadlock, no wrong book`, async (t) => {
  const tally = new Map();
  const end = Date.now() + SECONDS * 1000;
  let failed = false;
  const goesOn = () => !failed && Date.now() < end;
  const ticker = setInterval(
    () => progress(`${Math.ceil((end - Date.now()) / 1000)} s to go, ${tally.get('done')} done`),
    1000,
  );
  const clients = Array.from({ length: CLIENTS }, (_, i) => new Client(i, tally));
  const runs = clients.map((client) =>
    client.run(goesOn).catch((error) => ((failed = true), Promise.reject(error))),
  );
  const results = await Promise.allSettled(runs);
  clearInterval(ticker);
  t.diagnostic(`seed ${seed}: ${[...tally].map(([code, count]) => `${code} ${count}`).join(', ')}`);
  for (const { reason } of results) if (reason) throw reason;
  assert.deepEqual(unexpected, [], 'errors that no client should see; 40P01 is a deadlock');
  assert.ok(tally.get('done') > CLIENTS * SECONDS, 'the clients got something done');
  await database.assertIntegrity();
});
