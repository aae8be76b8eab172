/** `worldtune-relay rates`: the real program, a real database, Twilio's Pricing API played by the sandbox carrier. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { COUNTRIES, EEA } from '../../sandbox/prices.mjs';
import { readSettings } from '../../sandbox/settings.mjs';
import { startCarrier } from '../../sandbox/start.mjs';
import { createDatabase } from './lib/database.mjs';
import { startProgram } from './lib/processes.mjs';
import { ACCOUNT, PROGRAM, runRelay } from './lib/relay.mjs';

/** A machine without pseudo terminals can show none. */
const skip = spawnSync('script', ['-qec', 'true', '/dev/null']).status !== 0 && 'there are no terminals here';
const DECK = 'prefix,country,rate\n44,United Kingdom,0.02\n4477,United Kingdom,0.045\n1876,Jamaica,0.41\n';
const NO_SERVER = 'http://127.0.0.1:1';

let database, carrier, folder, environment;

/** The program with these arguments; `input` is its standard input, `settings` its environment beside the usual. */
const rates = (args, { input, settings } = {}) =>
  runRelay(['rates', ...args], { ...environment, ...settings }, input);

/** The same for a run that is to end well, with its answer as JSON. */
async function json(args, options) {
  const run = await rates([...args, '--json'], options);
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

function assertFails({ status, stdout, stderr }, code, words) {
  assert.match(stderr, words);
  assert.deepEqual({ status, stdout }, { status: code, stdout: '' });
}

const file = (name, content) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** Lines of a table, split where two blanks or more stand. */
const cells = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

const decks = async () => (await database.row('SELECT count(*)::int AS n FROM worldtune.rate_decks')).n;

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
      name: 'plain 2030-01-01',
      format: 'plain',
      rates: 3,
      prefixes: 3,
      effectiveAt: '2030-01-01T00:00:00Z',
    });
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

describe('rates pull', () => {
  const pricesOf = (isos) => isos.reduce((sum, iso) => sum + COUNTRIES[iso].prices.length, 0);

  it('imports the prices of all countries as one deck', async () => {
    const before = await decks();
    const pulled = await json(['pull', '--name', 'all']);
    assert.equal(await decks(), before + 1);
    assert.deepEqual([pulled.format, pulled.dryRun], ['twilio', false]);
    assert.deepEqual(
      pulled.countries.map(({ isoCountry, country, rates }) => [isoCountry, country, rates]),
      Object.entries(COUNTRIES).map(([iso, { country, prices }]) => [iso, country, prices.length]),
    );
    const { rates: lines } = pulled;
    assert.equal(lines, pricesOf(Object.keys(COUNTRIES)));
    const look = (number, callerId) =>
      database.row('SELECT country, description, rate FROM worldtune.lookup_rate($1, $2)', [
        number,
        callerId,
      ]);
    assert.deepEqual(await look('+22505123456'), {
      country: 'Côte d’Ivoire',
      description: 'Programmable Outbound Minute - Côte d’Ivoire - Mobile - "Orange", MTN',
      rate: '0.445000',
    });
    assert.equal((await look('+4930123456')).rate, '0.015500', 'what the account pays, not the list price');
    assert.equal((await look('+33612345678', '+442079460958')).rate, '0.043000');
    assert.equal((await look('+33612345678', '+15005550006')).rate, '0.150000');
    assert.equal((await look('+8221234567')).country, 'Korea, Republic of');
  });

  it('takes the countries that are named, a markup and a time', async () => {
    const options = ['--country', 'gb', 'IE', '--country', 'GB', '--markup', '0.25', '--name', 'two'];
    const pulled = await json(['pull', ...options, '--effective-at', '2031-01-01 00:00+00']);
    assert.deepEqual(
      pulled.countries.map(({ isoCountry }) => isoCountry),
      // options come before what is none
      ['GB', 'IE'],
    );
    assert.equal(pulled.effectiveAt, '2031-01-01T00:00:00Z');
    const { rate, carrier_rate } = await database.row(
      'SELECT rate, carrier_rate FROM worldtune.rates WHERE deck_id = $1 AND prefix = $2',
      [pulled.deckId, '353'],
    );
    assert.deepEqual([rate, carrier_rate], ['0.035000', '0.028000']);
  });

  it('prints a table, and no progress where there is no terminal', async () => {
    const run = await rates(['pull', '--country', 'GB', '--name', 'table']);
    assert.equal(run.status, 0);
    assert.match(run.stderr, /^worldtune-relay: notice: while this deck is in force, other countries .*\n$/);
    assert.deepEqual(cells(run.stdout)[1].slice(1, 4), ['table', 'twilio', '4']);
  });

  it('draws its progress on a terminal', { skip }, async () => {
    const output = join(folder, 'terminal');
    const command = `"${PROGRAM}" rates pull --name terminal >/dev/null`;
    const { ended } = startProgram('script', ['-qec', command, output], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    assert.deepEqual(await ended, [0, null]);
    const total = Object.keys(COUNTRIES).length;
    const drawn = readFileSync(output, 'utf8');
    assert.ok(drawn.includes(`\r[${'#'.repeat(40)}] ${total}/${total} countries`), drawn);
    assert.match(drawn, /\r\x1b\[K/);
  });

  it('shows what it would import, and imports nothing, on a dry run', async () => {
    const before = await decks();
    const run = await rates(['pull', '--dry-run', '--country', 'GB', '--country', 'CI']);
    assert.equal(run.status, 0);
    assert.match(run.stderr, /nothing was imported/);
    const lines = cells(run.stdout);
    assert.deepEqual(lines.slice(0, 3), [
      ['ISO', 'COUNTRY', 'PRICES'],
      ['GB', 'United Kingdom', String(pricesOf(['GB']))],
      ['CI', 'Côte d’Ivoire', String(pricesOf(['CI']))],
    ]);
    assert.deepEqual(lines[4], ['NAME', 'FORMAT', 'PRICES', 'PREFIXES', 'EFFECTIVE AT']);
    assert.deepEqual(lines[5].slice(1, 4), ['twilio', '6', '8']);
    assert.equal(await decks(), before);
  });

  it('compares a dry run with the deck in force', async () => {
    const input = 'prefix,rate\n44,0.02\n447,0.035\n4487,0.1\n33,0.01\n';
    const { deckId } = await json(['import', '-', '--name', 'before'], { input });
    const told = await json(['pull', '--dry-run', '--country', 'GB', '--allow-losses']);
    const changes = { againstDeckId: deckId, new: 2 + EEA.length, gone: 1, dearer: 2, cheaper: 1 };
    assert.deepEqual([told.dryRun, told.rates, 'deckId' in told, told.changes], [true, 4, false, changes]);
    const { decks: all } = await json(['list']);
    assert.equal(all.find(({ inForce }) => inForce).id, deckId);
  });

  it('keeps the deck as a file of Twilio’s format, which can be imported', async () => {
    const path = join(folder, 'kept.csv');
    await json(['pull', '--dry-run', '--country', 'FR', '--save', path]);
    const kept = readFileSync(path, 'utf8').split('\n');
    assert.equal(kept[0], 'ISO,Country,Description,Price / min,Origination Prefixes,Destination Prefixes');
    assert.equal(kept[2], '"FR","France","Programmable Outbound Minute - France - ROW","0.0470","","33"');
    assert.match(kept[3], /"0\.0430","30, 31, 32,.*","336, 337"$/);
    assert.equal((await json(['import', path, '--name', 'kept'])).rates, 4);
    assertFails(await rates(['pull', '--country', 'FR', '--save', '/nonexistent/x']), 1, /could not write/);
  });

  it('asks again after a 429, a 500 and a broken connection', async () => {
    const began = performance.now();
    const pulled = await json(['pull', '--country', 'QM', '--country', 'QN', '--country', 'QQ']);
    assert.equal(pulled.rates, 3);
    assert.ok(performance.now() - began >= 1000, 'Retry-After is honoured');
  });

  it('imports nothing when a country fails, and names it', async () => {
    const before = await decks();
    const pull = (...isos) => rates(['pull', ...isos.flatMap((iso) => ['--country', iso])]);
    assertFails(
      await pull('GB', 'QP', 'FR'),
      1,
      /prices of QP: HTTP 404: The requested resource .*asked 1 time\)/,
    );
    assertFails(await pull('GB', 'QR'), 1, /prices of QR: the prices are not in USD/);
    assertFails(await pull('GB', 'QS'), 1, /another price for prefix 9997 than line 6[^]*--save FILE/);
    assertFails(await pull('QO'), 1, /prices of QO: HTTP 500: Internal server error \(asked 5 times\)/);
    assert.equal(await decks(), before);
  });

  it('says that Twilio refuses the credentials, or is away', async () => {
    const settings = { TWILIO_AUTH_TOKEN: 'wrong' };
    assertFails(await rates(['pull'], { settings }), 1, /list of countries: HTTP 401: Authenticate/);
    const away = { TWILIO_PRICING_BASE: NO_SERVER };
    assertFails(await rates(['pull'], { settings: away }), 1, /no answer: Couldn't connect/);
  });

  it('uses the API key where there is one', async () => {
    const key = {
      TWILIO_AUTH_TOKEN: 'not the one',
      TWILIO_API_KEY: ACCOUNT.TWILIO_API_KEY,
      TWILIO_API_SECRET: ACCOUNT.TWILIO_API_SECRET,
    };
    assert.equal((await json(['pull', '--country', 'GB'], { settings: key })).rates, 4);
  });
});

describe('rates pull, from a server that is not as it should be', () => {
  let server, answer, most;

  before(async () => {
    let open = 0;
    server = createServer(async (request, response) => {
      most = Math.max(most, ++open);
      const { status = 200, body } = await answer(request);
      open--;
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  beforeEach(() => (most = 0));

  after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  const base = () => `http://127.0.0.1:${server.address().port}`;
  const pull = (...args) => rates(['pull', ...args], { settings: { TWILIO_PRICING_BASE: base() } });
  const country = (more = {}) => ({
    country: 'Nowhere',
    iso_country: 'XX',
    price_unit: 'USD',
    outbound_prefix_prices: [],
    ...more,
  });
  const price = (more) =>
    country({
      outbound_prefix_prices: [
        { current_price: '0.01', destination_prefixes: ['44'], origination_prefixes: ['ALL'], ...more },
      ],
    });

  it('takes its credentials to no other host', async () => {
    answer = () => ({
      body: {
        countries: [{ iso_country: 'GB' }],
        meta: { next_page_url: `${base()}.example.org/v2/Voice/Countries?Page=1` },
      },
    });
    assertFails(await pull(), 1, /goes on at another host/);
  });

  it('ends a list that does not end', async () => {
    answer = ({ url }) => ({
      body: { countries: [{ iso_country: 'GB' }], meta: { next_page_url: base() + url } },
    });
    assertFails(await pull(), 1, /list of countries does not end/);
  });

  it('refuses answers that are no prices', async () => {
    const cases = [
      ['<html>', /no country with prices/],
      [[], /no country with prices/],
      [country({ outbound_prefix_prices: null }), /no country with prices/],
      [price({ current_price: null }), /no current_price that is decimal text/],
      [price({ current_price: 0.01 }), /no current_price that is decimal text/],
      [price({ destination_prefixes: '44' }), /no lists of prefixes/],
      [price({ origination_prefixes: [1] }), /no lists of prefixes/],
      [price({ current_price: '0' }), /free of charge/],
      [price({ destination_prefixes: ['4x'] }), /"4x"/],
    ];
    for (const [body, words] of cases) {
      answer = () => ({ body });
      assertFails(await pull('--country', 'XX'), 1, words);
    }
    answer = () => ({ body: { countries: [{ iso_country: '../Numbers' }], meta: {} } });
    assertFails(await pull(), 1, /has no ISO code/);
  });

  it('asks for a few countries at a time', async () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRST'];
    const waiting = [];
    answer = async () => {
      await new Promise((resolve) => {
        waiting.push(resolve);
        setImmediate(() => waiting.length >= 4 && waiting.splice(0).forEach((go) => go()));
      });
      return { body: price({ destination_prefixes: [`1${most}`] }) };
    };
    const run = await pull('--dry-run', ...letters.flatMap((letter) => ['--country', `Z${letter}`]));
    assert.equal(run.status, 0, run.stderr);
    assert.equal(most, 4);
  });
});

describe('rates, used wrongly', () => {
  const wrong = [
    [[], /say import, pull, list, diff or lookup/],
    [['frobnicate'], /say import, pull, list, diff or lookup/],
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
