/** `worldtune-relay rates`, used wrongly. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { startProgram } from './lib/processes.mjs';
import { DECK, database, environment, rates, assertFails, file, useRates } from './lib/rates.mjs';
import { PROGRAM, runRelay } from './lib/relay.mjs';

useRates();

describe('rates, used wrongly', () => {
  const wrong = [
    [[], /say import, pull, list, diff, lookup, activate, cancel or prune/],
    [['frobnicate'], /say import, pull, list, diff, lookup, activate, cancel or prune/],
    [['import'], /rates import: too few arguments/],
    [['import', 'a', 'b'], /rates import: too many arguments/],
    [['diff', '1'], /too few/],
    [['lookup'], /too few/],
    [['list', '--markup', '1'], /rates list knows no --markup/],
    [['list', '--frobnicate'], /unrecognized option/],
    [['import', '--name'], /requires an argument/],
  ];

  for (const [args, words] of wrong)
    it(`refuses: rates ${args.join(' ')}`, async () => assertFails(await rates(args), 2, words));

  it('refuses what is no country', async () => {
    assertFails(await rates(['pull', '--country', 'GBR']), 2, /GBR is no country's ISO code/);
  });

  it('asks for the settings that a command needs, and for no others', async () => {
    const none = { DATABASE_URL: '', TWILIO_ACCOUNT_SID: '', TWILIO_AUTH_TOKEN: '' };
    const list = await rates(['list'], { settings: none });
    assertFails(list, 2, /^DATABASE_URL: is required/);
    assert.equal(list.stderr.trimEnd().split('\n').length, 1);
    assertFails(await rates(['pull'], { settings: none }), 2, /TWILIO_AUTH_TOKEN: is required/);
    const config = file('relay.conf', `DATABASE_URL=${database.relayUrl}\n`);
    assert.equal((await rates(['list', '--config', config], { settings: none })).status, 0);
    const before = await runRelay(['--config', config, 'rates', 'list'], {});
    assert.equal(before.status, 0, before.stderr);
  });

  it('explains itself', async () => {
    for (const args of [['--help'], ['pull', '--help']]) {
      const { status, stdout } = await rates(args);
      assert.equal(status, 0, `${args}`);
      assert.match(stdout, /lookup NUMBER…/, `${args}`);
    }
  });

  it('says that the database is away, or is another', async () => {
    const away = { DATABASE_URL: 'postgresql://worldtune_relay@127.0.0.1:1/none' };
    for (const args of [['list'], ['lookup', '+442079460958'], ['pull'], ['import', file('d.csv', DECK)]])
      assertFails(
        await rates(args, { settings: away }),
        1,
        /database cannot be reached: .*Connection refused/,
      );
    const other = new URL(database.relayUrl);
    other.pathname = '/template1';
    const run = await rates(['list'], { settings: { DATABASE_URL: other.href } });
    assertFails(run, 1, /has no pg_worldtune/);
  });

  it('fails when its answer cannot be written', async () => {
    const command = ['-c', '"$0" rates list >/dev/full', PROGRAM];
    const { child, ended } = startProgram('sh', command, { env: environment });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    assert.deepEqual(await ended, [1, null]);
    assert.match(stderr, /could not write/);
  });
});
