/** A database of its own for each test file, in the cluster of TEST_DATABASE_URL (a superuser's URL). */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import pg from 'pg';
import { UNEXPLAINED } from '../../audit/receipts.mjs';
import { until } from './until.mjs';

const RELAY_ROLE = 'worldtune_relay';
const RELAY_PASSWORD = 'password-of-the-tests';
/** Roles belong to the cluster, so databases are set up one after the other. */
const SETUP_LOCK = 5554040;

function withPath(url, database, user, password) {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  if (user) Object.assign(changed, { username: user, password });
  return changed.href;
}

async function setUp(pool) {
  const deck = await readFile(new URL('../../../rates/rates.csv', import.meta.url), 'utf8');
  const audit = await readFile(new URL('../../audit/books.sql', import.meta.url), 'utf8');
  await pool.query('CREATE EXTENSION pg_worldtune');
  await pool.query('SELECT * FROM worldtune.setup()');
  await pool.query(`ALTER ROLE ${RELAY_ROLE} LOGIN PASSWORD '${RELAY_PASSWORD}'`);
  await pool.query('SELECT * FROM worldtune.import_rates($1)', [deck]);
  await pool.query(audit);
}

function connect(url) {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // A server that is killed under an idle connection is found out by the next query.
  pool.on('error', () => {});
  return pool;
}

/** Creates the database; `clusterUrl` is the superuser's. */
export async function createDatabase(clusterUrl = process.env.TEST_DATABASE_URL) {
  assert.ok(clusterUrl, 'TEST_DATABASE_URL must name a superuser on a throw-away cluster');
  const name = `http_${randomBytes(6).toString('hex')}`;
  const url = withPath(clusterUrl, name);
  const admin = new pg.Client(clusterUrl);
  const pool = connect(url);
  await admin.connect();
  try {
    await admin.query('SELECT pg_advisory_lock($1)', [SETUP_LOCK]);
    await admin.query(`CREATE DATABASE ${name}`);
    await setUp(pool);
  } finally {
    await admin.end();
  }
  return new Database({ name, url, clusterUrl, pool });
}

class Database {
  constructor({ name, url, clusterUrl, pool }) {
    Object.assign(this, { name, url, clusterUrl, pool });
    this.relayUrl = withPath(clusterUrl, name, RELAY_ROLE, RELAY_PASSWORD);
  }

  /** Rows; numeric columns are strings, exact. */
  async query(sql, parameters) {
    return (await this.pool.query(sql, parameters)).rows;
  }

  async row(sql, parameters) {
    const rows = await this.query(sql, parameters);
    assert.equal(rows.length, 1, `one row expected from ${sql}`);
    return rows[0];
  }

  /** A user with so much credit. */
  async addUser(credit = '10') {
    const id = randomUUID();
    await this.query('INSERT INTO public.users (id, email) VALUES ($1, $2)', [id, `${id}@example.org`]);
    if (Number(credit) > 0)
      await this.query('SELECT worldtune.add_credits($1, $2, $3, $2)', [id, credit, `pi_${id}`]);
    return { id, identity: `u_${id.replaceAll('-', '')}` };
  }

  /** Everything the books say of a user: what a repeated webhook must leave alone. */
  async books(userId) {
    const [user] = await this.query(
      `SELECT credit_balance, (SELECT coalesce(sum(credits), 0.000000) FROM worldtune_internal.holds WHERE user_id = u.id) AS held
         FROM public.users u WHERE id = $1`,
      [userId],
    );
    const calls = await this.query(
      `SELECT call_sid, dial_call_sid, status, reject_reason, phone_number, country, rate, max_seconds, credits_held,
              duration_seconds, billed_seconds, duration_minutes, credits_used
         FROM public.call_logs WHERE user_id = $1 ORDER BY created_at`,
      [userId],
    );
    const ledger = await this.query(
      'SELECT kind, delta, balance_after FROM public.credit_ledger WHERE user_id = $1 ORDER BY id',
      [userId],
    );
    return { balance: user?.credit_balance, held: user?.held, calls, ledger };
  }

  /** By the product's own check, by another that shares nothing with it, and by each call's own explanation. */
  async assertIntegrity() {
    assert.deepEqual(await this.query('SELECT * FROM worldtune.check_integrity()'), []);
    assert.deepEqual(await this.query('SELECT * FROM audit.books()'), []);
    assert.deepEqual(await this.query(UNEXPLAINED), []);
  }

  /** Whether the server takes writes, for all but whoever says otherwise; resolves when it knows. */
  async setReadOnly(readOnly) {
    const admin = new pg.Client(this.url);
    await admin.connect();
    try {
      await admin.query('SET default_transaction_read_only = off');
      await admin.query(
        `ALTER SYSTEM ${readOnly ? 'SET default_transaction_read_only = on' : 'RESET default_transaction_read_only'}`,
      );
      await admin.query('SELECT pg_reload_conf()');
      await until('the server knows', () => this.#isReadOnly(readOnly));
    } finally {
      await admin.end();
    }
  }

  async #isReadOnly(expected) {
    const { setting } = await this.row(`SELECT current_setting('default_transaction_read_only') AS setting`);
    return setting === (expected ? 'on' : 'off');
  }

  async drop() {
    await this.pool.end();
    const admin = connect(this.clusterUrl);
    await admin.query(`DROP DATABASE ${this.name} WITH (FORCE)`).finally(() => admin.end());
  }
}
