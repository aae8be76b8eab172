/** `worldtune-relay rates`, used wrongly: it says what to do, in its own words, before it asks anybody. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readSettings } from '../../sandbox/settings.mjs';
import { startCarrier } from '../../sandbox/start.mjs';
import { createDatabase } from './lib/database.mjs';
import { ACCOUNT, runRelay } from './lib/relay.mjs';

const NO_SERVER = 'postgresql://worldtune_relay@127.0.0.1:1/none';
const DECK = 'prefix,country,rate\n44,United Kingdom,0.02\n';

let database, carrier, folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'worldtune-words-'));
  database = await createDatabase();
  carrier = await startCarrier(readSettings({ ...ACCOUNT, PUBLIC_URL: 'http://127.0.0.1:1' }));
});
after(async () => {
  await carrier?.stop();
  await database?.drop();
  await rm(folder, { recursive: true });
});

const rates = (args, settings = {}, input = '') =>
  runRelay(
    ['rates', ...args],
    {
      DATABASE_URL: database.relayUrl,
      TWILIO_ACCOUNT_SID: ACCOUNT.TWILIO_ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: ACCOUNT.TWILIO_AUTH_TOKEN,
      TWILIO_PRICING_BASE: carrier.url,
      ...settings,
    },
    input,
  );

describe('a rates command', () => {
  for (const [what, args, words] of [
    [
      'a markup in percent',
      ['import', '-', '--markup', '25%'],
      /--markup 25% is no fraction; 0\.25 adds 25 percent/,
    ],
    ['a markup with a comma', ['pull', '--markup', '0,25'], /--markup 0,25 is no fraction/],
    ['another basis', ['import', '-', '--basis', 'mean'], /--basis is max or min, not mean/],
    ['names of decks', ['diff', 'a', 'b'], /ids of two decks, as rates list shows them; a is none/],
  ])
    it(`says what is wrong with ${what}, without a database`, async () => {
      const { status, stderr } = await rates(args, { DATABASE_URL: NO_SERVER }, DECK);
      assert.equal(status, 2);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, /database/);
    });

  for (const [what, args, input, words] of [
    [
      'a bad time',
      ['import', '-', '--effective-at', 'soon'],
      DECK,
      /--effective-at takes a time such as '2027.*not "soon"/,
    ],
    ['a time that is past', ['import', '-', '--effective-at', '2001-01-01'], DECK, /--allow-past/],
    ['a free price', ['import', '-'], 'prefix,country,rate\n44,United Kingdom,0\n', /--allow-free/],
    [
      'semicolons',
      ['import', '-'],
      DECK.replaceAll(',', ';'),
      /separates its columns by semicolons; save it as CSV with commas/,
    ],
    ['UK', ['pull', '--country', 'UK'], '', /prices of UK: .*\n.*give ISO codes of countries, such as GB/],
  ])
    it(`says what to do about ${what}, and names no SQL`, async () => {
      const { status, stdout, stderr } = await rates(args, {}, input);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, /=>|timestamp with time zone/);
    });

  it('takes the file that make run writes', async () => {
    const file = join(folder, 'env');
    const lines = [
      `DATABASE_URL=${database.relayUrl}`,
      'RELAY_URL=http://127.0.0.1:8080',
      'DEMO_USER_ID=1',
      'DEMO_JWT=a.b.c',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const { status, stdout, stderr } = await runRelay(['rates', 'list', '--config', file], {});
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^DECK/);
  });
});
