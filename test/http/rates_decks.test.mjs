/** `worldtune-relay rates lookup`, `list`, `diff`, `activate`, `cancel` and `prune`. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DECK, rates, json, assertFails, cells, decks, useRates } from './lib/rates.mjs';

useRates();

describe('rates lookup', () => {
  beforeEach(() => json(['import', '-', '--name', 'lookups'], { input: DECK }));

  it('prints a row for each number', async () => {
    const run = await rates(['lookup', '+44 20 7946 0958', '0044 7700 900123']);
    assert.deepEqual({ status: run.status, stderr: run.stderr }, { status: 0, stderr: '' });
    const [heading, ...rows] = cells(run.stdout);
    assert.deepEqual(heading.slice(0, 5), ['NUMBER', 'COUNTRY', 'ISO', 'PREFIX', 'DESCRIPTION']);
    assert.deepEqual(
      rows.map((row) => row.slice(0, 5)),
      [
        ['+442079460958', 'United Kingdom', 'GB', '44', '$0.02/min'],
        ['+447700900123', 'United Kingdom', 'GB', '4477', '$0.045/min'],
      ],
    );
  });

  it('answers JSON that has every number, with prices as text', async () => {
    const run = await rates(['lookup', '--json', '+18765551234', '+86 10 1234 5678', 'abc']);
    const { rates: found } = JSON.parse(run.stdout);
    assert.equal(run.status, 1);
    assert.deepEqual(
      found.map(({ query, found }) => [query, found]),
      [
        ['+18765551234', true],
        ['+86 10 1234 5678', false],
        ['abc', false],
      ],
    );
    assert.deepEqual([found[0].rate, found[0].minimumSeconds], ['0.410000', 60]);
    assert.match(found[1].error, /no rate/);
    assert.match(found[2].error, /abc/);
  });

  it('fails when a number has no rate, or is none, and shows the others', async () => {
    const run = await rates(['lookup', '+86 10 1234 5678', '+18765551234', '12']);
    assert.equal(run.status, 1);
    assert.equal(cells(run.stdout).length, 2);
    assert.match(run.stderr, /^worldtune-relay: \+86 10 1234 5678: no rate/m);
    assert.match(run.stderr, /^worldtune-relay: 12: .*fewer than 7/m);
    assertFails(await rates(['lookup', '+861012345678']), 1, /no rate/);
  });

  it('prices the call by the caller ID that it shows', async () => {
    await json(['pull', '--country', 'FR', '--allow-losses']);
    const priceFrom = async (options, settings) =>
      (await json(['lookup', '+33142685300', ...options], { settings })).rates[0].rate;
    assert.equal(await priceFrom([]), '0.047000');
    assert.equal(await priceFrom(['--caller-id', '+442079460958']), '0.015000');
    assert.equal(await priceFrom([], { TWILIO_PHONE_NUMBER: '+442079460958' }), '0.015000');
    assert.equal(
      await priceFrom(['--caller-id', '+15005550006'], { TWILIO_PHONE_NUMBER: '+442079460958' }),
      '0.047000',
    );
  });

  it('aligns names of any script, and lets none steer the terminal', async () => {
    const input = 'prefix,country,rate\n225,Côte d’Ivoire,0.4\n81,日本,0.1\n49,"De\x1b[31mutsch\nland",0.1\n';
    await json(['import', '-', '--name', 'names', '--allow-losses'], { input });
    const { stdout } = await rates(['lookup', '+22501020304', '+81312345678', '+4930123456']);
    const [, ivory, japan, german] = stdout.split('\n');
    assert.match(ivory, /^\+22501020304 {2}Côte d’Ivoire {6}CI /);
    assert.match(japan, /^\+81312345678 {2}日本 {15}JP /);
    assert.match(german, /^\+4930123456 {3}De\?\[31mutsch\?land {2}DE /);
  });
});

describe('rates list and rates diff', () => {
  let a, b;

  beforeEach(async () => {
    a = (await json(['import', '-', '--name', 'old'], { input: DECK })).deckId;
    const input = 'prefix,rate\n44,0.03\n4477,0.036\n33,0.01\n';
    b = (await json(['import', '-', '--name', 'new', '--markup', '0.1', '--allow-losses'], { input })).deckId;
  });

  it('lists the decks and which is in force', async () => {
    const { decks: all } = await json(['list']);
    const ours = all.filter(({ id }) => id === a || id === b);
    assert.deepEqual(
      ours.map(({ name, format, markup, rates, inForce, importedBy }) => [
        name,
        format,
        Number(markup),
        rates,
        inForce,
        importedBy,
      ]),
      [
        ['new', 'plain', 0.1, 3, true, 'worldtune_relay'],
        ['old', 'plain', 0, 3, false, 'worldtune_relay'],
      ],
    );
    const run = await rates(['list']);
    assert.deepEqual({ status: run.status, stderr: run.stderr }, { status: 0, stderr: '' });
    const [heading, ...rows] = cells(run.stdout);
    assert.deepEqual(heading.slice(0, 3), ['DECK', 'NAME', 'FORMAT']);
    assert.equal(rows.length, all.length);
  });

  it('compares two decks', async () => {
    const { changes } = await json(['diff', String(a), String(b)]);
    assert.deepEqual(
      changes.map(({ change, prefix, rateA, rateB, percent }) => [change, prefix, rateA, rateB, percent]),
      [
        ['gone', '1876', '0.410000', null, null],
        ['new', '33', null, '0.011000', null],
        ['dearer', '44', '0.020000', '0.033000', '65.00'],
        ['cheaper', '4477', '0.045000', '0.039600', '-12.00'],
      ],
    );
    const run = await rates(['diff', String(a), String(b)]);
    assert.deepEqual(cells(run.stdout)[0], ['CHANGE', 'PREFIX', 'CALLER ID', 'IN A', 'IN B', 'PERCENT']);
    assert.equal(cells(run.stdout).length, 5);
    assert.doesNotMatch(run.stdout, / $/m);
  });

  it('says that there is no such deck', async () => {
    assertFails(await rates(['diff', String(a), '999999']), 1, /there is no deck 999999/);
    assertFails(await rates(['diff', 'old', 'new']), 2, /ids of two decks.*old is none/);
  });
});

describe('rates activate, rates cancel and rates prune', () => {
  const importDeck = async (args = []) => (await json(['import', '-', ...args], { input: DECK })).deckId;
  const list = async () => (await json(['list'])).decks;

  it('roll back to an earlier deck', async () => {
    const first = await importDeck(['--name', 'first']);
    const second = await importDeck(['--name', 'second']);
    const { decks: shown } = await json(['activate', String(first)]);
    assert.deepEqual([shown.length, shown[0].id, shown[0].inForce], [1, first, true]);
    assert.deepEqual(
      (await list()).filter(({ inForce }) => inForce).map(({ id }) => id),
      [first],
    );
    assertFails(await rates(['activate', String(second + 100)]), 1, /no deck/);
  });

  it('take a scheduled deck back, and none that is in force', async () => {
    const first = await importDeck();
    const later = await importDeck(['--effective-at', '2099-01-01']);
    assert.equal((await rates(['cancel', String(later)])).status, 0);
    assert.equal((await rates(['cancel', String(first)])).status, 1);
  });

  it('delete what nothing needs, and show it', async () => {
    const kept = await importDeck();
    assert.deepEqual((await json(['prune', '--keep', '5'])).decks, []);
    assert.deepEqual(
      (await list()).map(({ id }) => id),
      [kept],
    );
    assertFails(await rates(['prune']), 2, /say --keep N, --older-than '90 days', or both/);
    assertFails(await rates(['prune', '--keep', 'all']), 2, /--keep takes a number of decks, not all/);
    assertFails(
      await rates(['prune', '--older-than', 'long']),
      1,
      /--older-than takes a time such as '90 days'/,
    );
    assertFails(await rates(['cancel', 'x']), 2, /rates cancel takes the id of a deck/);
  });
});

describe('rates lookup --at', () => {
  it('says what a call will cost', async () => {
    await json(['import', '-'], { input: DECK });
    const dearer = DECK.replace('0.02', '0.03');
    await json(['import', '-', '--effective-at', '2099-01-01'], { input: dearer });
    const rate = async (args) => (await json(['lookup', '+442079460958', ...args])).rates[0].rate;
    assert.deepEqual([await rate([]), await rate(['--at', '2099-06-01'])], ['0.020000', '0.030000']);
    const { status, stderr } = await rates(['lookup', '+442079460958', '--at', 'soon']);
    assert.equal(status, 1);
    assert.match(stderr, /--at takes a time such as/);
  });
});
