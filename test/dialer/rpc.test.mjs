/** The types that the dialer ships for the extension's functions are those of the catalog. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { rpcTypes } from '../../dialer/rpc-types.mjs';
import { createDatabase } from '../http/lib/database.mjs';

let database;
before(async () => {
  database = await createDatabase();
});
after(() => database?.drop());

it('the types of the functions are those of the catalog', async () => {
  const shipped = await readFile(new URL('../../dialer/src/api/rpc.ts', import.meta.url), 'utf8');
  const hint = 'make them anew: DATABASE_URL=… node dialer/rpc-types.mjs >dialer/src/api/rpc.ts';
  assert.equal(shipped, await rpcTypes(database.url), hint);
});
