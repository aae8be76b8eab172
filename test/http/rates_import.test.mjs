/** `worldtune-relay rates import`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { startProgram } from './lib/processes.mjs';
import {
  DECK,
  database,
  folder,
  environment,
  rates,
  json,
  assertFails,
  file,
  cells,
  decks,
  useRates,
} from './lib/rates.mjs';
import { PROGRAM } from './lib/relay.mjs';

useRates();

describe('rates import', () => {
  it('imports a file, as the options say', async () => {
    const path = file('spring.csv', DECK);
    const run = await rates(['import', path, '--name', 'spring', '--markup', '0.5']);
    assert.deepEqual({ status: run.status, stderr: run.stderr }, { status: 0, stderr: '' });
    const [heading, row] = cells(run.stdout);
    assert.deepEqual(heading, ['DECK', 'NAME', 'FORMAT', 'PRICES', 'PREFIXES', 'EFFECTIVE AT']);
    assert.deepEqual(row.slice(1, 5), ['spring', 'plain', '3', '3']);
    const { rate } = await database.row(`SELECT rate FROM worldtune.lookup_rate('+447700900123')`);
    assert.equal(rate, '0.067500');
  });

  it('imports standard input, and answers JSON', async () => {
    const deck = await json(['import', '-', '--effective-at', '2030-01-01 00:00+00'], { input: DECK });
    assert.equal(typeof deck.deckId, 'number');
    delete deck.deckId;
    assert.deepEqual(deck, {
      name: 'plain 2030-01-01 00:00',
      format: 'plain',
      rates: 3,
      prefixes: 3,
      effectiveAt: '2030-01-01T00:00:00Z',
      dryRun: false,
    });
  });

  it('shows what would come of a file, and imports nothing, on a dry run', async () => {
    const { deckId } = await json(['import', '-', '--name', 'before'], { input: DECK });
    const path = file('next.csv', 'prefix,rate\n44,0.03\n4477,0.04\n1,0.01\n');
    const run = await rates(['import', path, '--name', 'next', '--dry-run', '--allow-losses']);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /nothing was imported/);
    const [heading, row, blank, changes, counts] = cells(run.stdout);
    assert.deepEqual(heading, ['NAME', 'FORMAT', 'PRICES', 'PREFIXES', 'EFFECTIVE AT']);
    assert.deepEqual([row.slice(0, 4), blank], [['next', 'plain', '3', '3'], ['']]);
    assert.deepEqual(changes, ['AGAINST DECK', 'NEW', 'GONE', 'DEARER', 'CHEAPER']);
    assert.deepEqual(
      counts.slice(-5).map((cell) => cell.trim()),
      [String(deckId), '1', '1', '1', '1'],
    );
    const told = await json(['import', path, '--dry-run', '--allow-losses']);
    assert.deepEqual([told.dryRun, told.changes.dearer, 'deckId' in told], [true, 1, false]);
    assert.equal(await decks(), 1);
  });

  it('refuses on a dry run what it would refuse', async () => {
    const path = file('broken.csv', 'prefix,rate\n44,0.02\n33,"$1,2x"\n');
    assertFails(await rates(['import', path, '--dry-run']), 1, /line 3/);
  });

  it('charges the end of a range that --basis names', async () => {
    const input = 'prefix,rate\n44,0.02-0.05\n';
    await json(['import', '-', '--basis', 'min', '--name', 'low'], { input });
    const [{ rate, rateMax }] = (await json(['lookup', '+442079460958'])).rates;
    assert.deepEqual([rate, rateMax], ['0.020000', '0.050000']);
  });

  it('passes on what the database notices', async () => {
    const run = await rates(['import', '-', '--name', 'extra'], {
      input: 'prefix,rate,colour\n44,0.02,red\n',
    });
    assert.equal(run.status, 0);
    assert.match(run.stderr, /notice: .*"colour"/);
  });

  it('says line, column and what was expected of a broken deck, and imports nothing', async () => {
    const before = await decks();
    const path = file('broken.csv', 'prefix,rate\n44,0.02\n33,"$1,2x"\n');
    const run = await rates(['import', path]);
    assertFails(run, 1, /line 3, "rate": "\$1,2x" is not a price\nExpected a price like 0\.14/);
    const steering = 'prefix,rate\n44,\x1b[31m\x9bcheap\n';
    assertFails(await rates(['import', '-'], { input: steering }), 1, /line 2, "rate": "\?\[31m\?cheap"/);
    assertFails(await rates(['import', '-'], { input: 'a,b\n1,2\n' }), 1, /line 1: .*header/);
    assertFails(await rates(['import', '-'], { input: '' }), 1, /line 1/);
    assert.equal(await decks(), before);
  });

  it('refuses a file that is not there, or is no text', async () => {
    assertFails(
      await rates(['import', join(folder, 'none.csv')]),
      1,
      /none\.csv: could not open: No such file/,
    );
    assertFails(await rates(['import', folder]), 1, /Is a directory/);
    const utf16 = file('utf16.csv', Buffer.from(DECK, 'utf16le'));
    assertFails(await rates(['import', utf16]), 1, /utf16\.csv: is no text in UTF-8: it holds NUL bytes/);
    const latin1 = file('latin1.csv', Buffer.from('prefix,country,rate\n225,C\xf4te,0.4\n', 'latin1'));
    assertFails(await rates(['import', latin1]), 1, /invalid byte sequence for encoding "UTF8"/);
  });

  it('refuses a file that is too large for one import', async () => {
    const { child, ended } = startProgram(PROGRAM, ['rates', 'import', '-'], { env: environment });
    child.stdin.on('error', () => {}); // it stops reading
    const block = Buffer.alloc(1 << 20, 'x');
    let blocks = 0;
    const write = () => {
      while (blocks++ < 300) if (!child.stdin.write(block)) return child.stdin.once('drain', write);
      child.stdin.end();
    };
    write();
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const [status] = await ended;
    assert.match(stderr, /standard input: is larger than 256 MiB/);
    assert.equal(status, 1);
  });

  it('takes a price of zero only when told to', async () => {
    const input = 'prefix,rate\n44,0.02\n44800,0\n';
    assertFails(await rates(['import', '-'], { input }), 1, /line 3, "rate": "0"/);
    assert.equal((await json(['import', '-', '--name', 'free', '--allow-free'], { input })).rates, 2);
  });

  it('takes a deck that loses destinations, or of the past, only when told to', async () => {
    await json(['import', '-', '--name', 'whole'], { input: DECK });
    const part = { input: 'prefix,rate\n44,0.02\n' };
    assertFails(
      await rates(['import', '-', '--name', 'part'], part),
      1,
      /would lose 1 of the 3 destinations/,
    );
    const run = await rates(['import', '-', '--name', 'part', '--allow-losses'], part);
    assert.equal(run.status, 0);
    assert.match(run.stderr, /notice: deck "part" loses 1 of the 3 destinations/);
    const past = ['import', '-', '--name', 'past', '--effective-at', '2020-01-01 00:00+00'];
    assertFails(await rates(past, { input: DECK }), 1, /--effective-at is in the past/);
    assert.equal(
      (await json([...past, '--allow-past'], { input: DECK })).effectiveAt,
      '2020-01-01T00:00:00Z',
    );
  });

  it('says what is wrong with its options', async () => {
    const wrong = (...options) => rates(['import', '-', ...options], { input: DECK });
    assertFails(await wrong('--markup', '25'), 1, /markup/);
    assertFails(await wrong('--markup', 'much'), 2, /--markup much is no fraction/);
    assertFails(await wrong('--basis', 'mean'), 2, /basis/);
    assertFails(await wrong('--effective-at', 'soon'), 1, /"soon"/);
  });
});
