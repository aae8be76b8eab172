/** Statements that are prepared once on each connection: the database changes under them, and they may be turned off. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { startWorld } from './lib/world.mjs';

let world;

before(async () => (world = await startWorld({ settings: { WATCHDOG_SECONDS: '0' } })));
after(() => world?.stop());

const lookUp = async (url) => {
  const { status, body } = await world.api('GET', '/api/rates/lookup?number=%2B18765551234', { url });
  return [status, body.found];
};

/** How many statements the relay's sessions have parsed and planned by name is theirs to know; that they work is ours. */
const lookUpOften = async (url) => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => lookUp(url)));
  for (const answer of answers) assert.deepEqual(answer, [200, true]);
};

describe('a relay whose extension is made anew', () => {
  it('goes on answering', async () => {
    await lookUpOften();
    const deck = await readFile(new URL('../../rates/rates.csv', import.meta.url), 'utf8');
    await world.database.query('DROP EXTENSION pg_worldtune CASCADE');
    const [status] = await lookUp();
    assert.equal(status, 503);
    await world.database.query('CREATE EXTENSION pg_worldtune');
    await world.database.query('SELECT FROM worldtune.setup()');
    await world.database.query('SELECT FROM worldtune.import_rates($1)', [deck]);
    await lookUpOften();
  });
});

describe('DATABASE_PREPARE=off', () => {
  it('serves as well', async () => {
    await world.withRelay({ DATABASE_PREPARE: 'off' }, ({ url }) => lookUpOften(url));
  });
});
