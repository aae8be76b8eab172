/**
 * PostgreSQL killed with SIGKILL at random moments of a load of whole call lives: callbacks repeated, reordered, dropped,
 * delivered twice at once, retried after a lost connection. Whatever a client was told stays true after the recovery,
 * what it was not told has happened or has not, once. TORTURE_KILLS: how often. TORTURE_SEED: of the dice, printed.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createCluster } from '../http/lib/cluster.mjs';
import { createDatabase } from '../http/lib/database.mjs';
import { Call, credits, micros, price, termsFor } from '../model/books.mjs';
import { DECKS, NUMBERS, deckCsv, dice } from '../model/history.mjs';
import { Connection } from './connection.mjs';
import { progress } from './progress.mjs';

const KILLS = Number(process.env.TORTURE_KILLS ?? 3);
const CLIENTS = 6;
const USERS = 8;
const OPENING = '30';
const LOAD_MS = [50, 600];
const SETTINGS = ['fsync=on', 'synchronous_commit=on', 'max_wal_size=32MB', 'checkpoint_timeout=30s'];
const DECK = DECKS[0];
const SEED = Number(process.env.TORTURE_SEED ?? Date.now());

let cluster, database, users, server;

before(async () => {
  cluster = await createCluster({ settings: SETTINGS });
  database = await createDatabase(cluster.url);
  await database.query('SELECT worldtune.import_rates($1, allow_losses => true)', [deckCsv(DECK)]);
  users = await Promise.all(Array.from({ length: USERS }, () => database.addUser(OPENING)));
});
after(async () => {
  await database?.pool.end();
  await cluster?.stop();
});

/** What the clients were told, and what each has asked and not heard of yet. */
class Journal {
  calls = [];
  payments = [];
  acknowledged = 0;
  retries = 0;
  applied = 0; // asked, not answered, and found in the books all the same
}

/** One relay's worth of load: one call after the other. */
class Client {
  constructor(number, journal) {
    Object.assign(this, { number, journal, dice: dice(number + SEED) });
    this.connections = [new Connection(server), new Connection(server)];
    this.made = 0;
  }

  async run(goesOn) {
    while (goesOn()) await this.#life();
    await Promise.all(this.connections.map((connection) => connection.end()));
  }

  /** Asks until it is answered; with luck twice at once. */
  async #ask(sql, parameters) {
    const askers = this.dice.chance(15) ? this.connections : this.connections.slice(0, 1);
    const answers = await Promise.all(askers.map((asker) => asker.query(sql, parameters)));
    this.journal.retries += this.connections.reduce((sum, { retries }) => sum + retries, 0);
    for (const connection of this.connections) connection.retries = 0;
    return answers[0][0];
  }

  async #life() {
    const user = this.dice.pick(users);
    if (this.dice.chance(30)) await this.#pay(user);
    const call = await this.#authorize(user);
    if (call.status === 'rejected') return;
    for (const event of this.#events()) await this.#deliver(call, event);
  }

  async #pay(user) {
    const payment = {
      id: `pi_${this.number}_${this.made++}`,
      user,
      credits: this.dice.pick(['2', '5', '0.500001']),
    };
    this.journal.payments.push(payment);
    const parameters = [user.id, payment.credits, payment.id];
    await this.#ask('SELECT worldtune.add_credits($1, $2, $3, $2)', parameters);
    payment.told = true;
  }

  async #authorize(user) {
    const number = this.dice.pick(NUMBERS);
    const call = new Call({ sid: `CA${this.number}_${this.made++}`, user, terms: termsFor(DECK, number) });
    this.journal.calls.push(call);
    const placed = this.dice.chance(30)
      ? await this.#start(call, number)
      : await this.#authorizeNow(call, number);
    if (placed.allowed) {
      call.maxSeconds = placed.max_seconds;
      call.held = price(call.terms, call.maxSeconds);
    } else call.close('rejected');
    call.told = call.facts();
    return call;
  }

  #authorizeNow(call, number) {
    const sql = 'SELECT allowed, max_seconds FROM worldtune.authorize_call($1, $2, $3)';
    return this.#ask(sql, [call.user.id, number, call.sid]);
  }

  async #start(call, number) {
    const started = 'SELECT call_id, allowed, max_seconds FROM worldtune.start_call($1, $2, $3)';
    const placed = await this.#ask(started, [call.user.id, number, `key ${call.sid}`]);
    if (placed.allowed)
      await this.#ask('SELECT worldtune.attach_call($1, $2, $3)', [placed.call_id, call.sid, call.user.id]);
    return placed;
  }

  /** What is heard of one call, in some order. */
  #events() {
    const { chance, below, pick } = this.dice;
    const talked = 1 + below(400);
    const events = ['initiated', 'ringing', 'in-progress']
      .filter(() => chance(80))
      .map((status) => ({ status }));
    if (chance(25)) events.push({ status: pick(['busy', 'no-answer', 'failed', 'canceled']) });
    else if (chance(85)) events.push({ status: 'completed', seconds: talked });
    if (chance(15)) events.push({ status: 'completed', seconds: talked + pick([-1, 1, 90]) });
    for (const event of [...events]) if (chance(20)) events.splice(below(events.length + 1), 0, event);
    if (chance(20)) events.reverse();
    if (chance(25)) events.push({ account: true, status: 'completed', seconds: talked });
    if (chance(10)) events.push({ refund: true });
    return events;
  }

  async #deliver(call, event) {
    call.asked = event;
    const [sql, parameters] = statement(call, event);
    await this.#ask(sql, parameters);
    apply(call, event);
    call.told = call.facts();
    call.asked = null;
    this.journal.acknowledged++;
  }
}

function statement({ sid, user }, { account, refund, status, seconds = null }) {
  if (refund) return ['SELECT worldtune.refund_call($1, NULL, NULL, $2)', [sid, user.id]];
  if (account)
    return ['SELECT worldtune.reconcile_call($1, $2, $3, 0.01, $4)', [sid, status, seconds, user.id]];
  const callback = 'SELECT worldtune.record_call_status($1, $2, $3, user_id => $4)';
  return [callback, [sid, status, seconds, user.id]];
}

function apply(call, { account, refund, status, seconds = null }) {
  if (refund) call.refunded = call.used;
  else if (account) call.account(status, seconds);
  else call.callback(status, seconds, null);
}

/** What the row may say by now: what its client was told, or one event further. */
function possible(call) {
  if (!call.asked) return [call.told];
  const further = call.clone();
  apply(further, call.asked);
  return [call.told, further.facts()];
}

/** A refused call that was only started has no SID; its key tells of it. */
const CALLS = `SELECT coalesce(call_sid, replace(idempotency_key, 'key ', '')) AS call_sid,
    concat_ws(' ', status, credits_held, coalesce(billed_seconds, 0), credits_used, credits_refunded) AS facts,
    (SELECT count(*) FROM credit_ledger WHERE call_id = c.id AND kind = 'call')::int AS charges
  FROM call_logs c WHERE call_sid IS NOT NULL OR status = 'rejected'`;

/** Of very many refusals some have no row of their own: how often each user was refused is counted all the same. */
async function auditRefusals(journal) {
  const sql = `SELECT user_id, sum(attempts)::int AS refused FROM call_logs WHERE status = 'rejected' GROUP BY 1`;
  const refused = new Map((await database.query(sql)).map((row) => [row.user_id, row.refused]));
  for (const { id } of users) {
    const told = journal.calls.filter(
      (call) => call.user.id === id && call.told && call.status === 'rejected',
    );
    assert.ok(
      told.length <= (refused.get(id) ?? 0),
      `${told.length} refusals of ${id}, ${refused.get(id)} counted`,
    );
  }
}

async function auditCalls(journal) {
  const rows = new Map((await database.query(CALLS)).map((row) => [row.call_sid, row]));
  for (const call of journal.calls) {
    const row = rows.get(call.sid);
    assert.ok(row || !call.told || call.status === 'rejected', `call ${call.sid} was authorised and is gone`);
    if (!row || !call.told) continue;
    assert.ok(row.charges <= 1, `call ${call.sid} has ${row.charges} charges`);
    assert.ok(
      possible(call).includes(row.facts),
      `call ${call.sid}: ${row.facts}, not ${possible(call).join(' or ')}`,
    );
    if (call.asked && row.facts !== call.told) journal.applied++;
  }
}

async function auditPayments(journal) {
  const sql = `SELECT t.payment_intent_id AS id, count(*)::int AS booked, sum(l.delta) AS credits FROM transactions t
    JOIN credit_ledger l ON l.transaction_id = t.id GROUP BY 1`;
  const rows = new Map((await database.query(sql)).map((row) => [row.id, row]));
  for (const { id, told, credits: bought } of journal.payments) {
    const row = rows.get(id);
    assert.ok(row || !told, `payment ${id} was acknowledged and is gone`);
    if (row) assert.deepEqual([row.booked, row.credits], [1, credits(micros(bought))], `payment ${id}`);
  }
}

async function audit(journal) {
  await database.assertIntegrity();
  await auditCalls(journal);
  await auditRefusals(journal);
  await auditPayments(journal);
}

/** When all is answered: each balance is what was paid less what was used, by the journal alone. */
async function auditBalances(journal) {
  for (const user of users) {
    const paid = journal.payments.filter((payment) => payment.user === user);
    const calls = journal.calls.filter((call) => call.user === user);
    const sum = (list, amount) => list.reduce((total, item) => total + amount(item), 0n);
    const owned =
      micros(OPENING) + sum(paid, (payment) => micros(payment.credits)) - sum(calls, (call) => call.spent);
    const { balance } = await database.books(user.id);
    assert.equal(balance, credits(owned), `balance of ${user.id}`);
  }
}

it(`${KILLS} kills of PostgreSQL lose nothing that was acknowledged and bill nothing twice`, async (t) => {
  const journal = new Journal();
  t.diagnostic(`TORTURE_SEED=${SEED} rolls the same dice again`);
  const { below } = dice(SEED);
  let goesOn = true;
  server = { url: database.url, up: Promise.resolve() };
  const clients = Array.from({ length: CLIENTS }, (_, i) => new Client(i, journal));
  const load = Promise.all(clients.map((client) => client.run(() => goesOn)));
  const kills = (async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      await delay(LOAD_MS[0] + below(LOAD_MS[1] - LOAD_MS[0]));
      server.up = restart(journal);
      await server.up;
      progress(
        `kill ${kill} of ${KILLS}: ${journal.calls.length} calls, ${journal.acknowledged} events acknowledged`,
      );
    }
    goesOn = false;
  })();
  await Promise.all([load, kills]).finally(() => (goesOn = false));
  await audit(journal);
  await auditBalances(journal);
  assert.ok(journal.retries > 0, 'the kills met statements in flight');
  t.diagnostic(
    `${journal.calls.length} calls, ${journal.acknowledged} events acknowledged, ` +
      `${journal.retries} retried after a lost connection, ${journal.applied} of them found done`,
  );
});

/** The clients wait for it: what is audited is what the recovery left. */
async function restart(journal) {
  await cluster.kill();
  await cluster.start();
  await audit(journal);
}
