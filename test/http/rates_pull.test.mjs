/** `worldtune-relay rates pull`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { COUNTRIES, EEA } from '../../sandbox/prices.mjs';
import { startProgram } from './lib/processes.mjs';
import {
  skip,
  environment,
  NO_SERVER,
  database,
  folder,
  rates,
  json,
  assertFails,
  file,
  cells,
  decks,
  useRates,
} from './lib/rates.mjs';
import { ACCOUNT, PROGRAM } from './lib/relay.mjs';

useRates();

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
    let pages = 0;
    answer = ({ url }) => ({
      body: { countries: [{ iso_country: 'GB' }], meta: { next_page_url: base() + url }, page: pages++ },
    });
    assertFails(await pull(), 1, /list of countries does not end/);
    assert.equal(pages, 100);
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
