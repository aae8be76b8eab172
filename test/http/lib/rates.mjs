/** `worldtune-relay rates`: the real program, a real database, Twilio's Pricing API played by the sandbox carrier. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { COUNTRIES, EEA } from '../../../sandbox/prices.mjs';
import { readSettings } from '../../../sandbox/settings.mjs';
import { startCarrier } from '../../../sandbox/start.mjs';
import { createDatabase } from './database.mjs';
import { startProgram } from './processes.mjs';
import { ACCOUNT, PROGRAM, runRelay } from './relay.mjs';

/** A machine without pseudo terminals can show none. */
export const skip =
  spawnSync('script', ['-qec', 'true', '/dev/null']).status !== 0 && 'there are no terminals here';
export const DECK =
  'prefix,country,rate\n44,United Kingdom,0.02\n4477,United Kingdom,0.045\n1876,Jamaica,0.41\n';
export const NO_SERVER = 'http://127.0.0.1:1';

export let database, carrier, folder, environment;

/** The program with these arguments; `input` is its standard input, `settings` its environment beside the usual. */
export const rates = (args, { input, settings } = {}) =>
  runRelay(['rates', ...args], { ...environment, ...settings }, input);

/** The same for a run that is to end well, with its answer as JSON. */
export async function json(args, options) {
  const run = await rates([...args, '--json'], options);
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

export function assertFails({ status, stdout, stderr }, code, words) {
  assert.match(stderr, words);
  assert.deepEqual({ status, stdout }, { status: code, stdout: '' });
}

export const file = (name, content) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Lines of a table, split where two blanks or more stand. */
export const cells = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

export const decks = async () =>
  (await database.row('SELECT count(*)::int AS n FROM worldtune.rate_decks')).n;

/** The hooks of a test file. */
export function useRates() {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'worldtune-rates-'));
    database = await createDatabase();
    carrier = await startCarrier(readSettings({ ...ACCOUNT, PUBLIC_URL: NO_SERVER }));
    environment = {
      DATABASE_URL: database.relayUrl,
      TWILIO_ACCOUNT_SID: ACCOUNT.TWILIO_ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: ACCOUNT.TWILIO_AUTH_TOKEN,
      TWILIO_PRICING_BASE: carrier.url,
    };
  });

  beforeEach(async () => {
    await database.query(`
      SET session_replication_role = replica; -- a deck that was in force is never deleted, but past the guards
      TRUNCATE worldtune.rate_decks, worldtune.deck_activations CASCADE;
      RESET session_replication_role`);
  });

  after(async () => {
    await carrier?.stop();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });
}
