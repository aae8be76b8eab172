/** What an operator's Prometheus reads. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { startWorld } from './lib/world.mjs';

let world, user;

before(async () => {
  world = await startWorld();
  user = await world.database.addUser('10');
});
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

/** The samples of the page, by their names with labels. */
async function readMetrics(url = world.url) {
  const { status, text, headers } = await world.api('GET', '/metrics', { url });
  assert.deepEqual([status, headers.get('content-type')], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  const samples = text
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => /^(.*) (\S+)$/.exec(line).slice(1));
  return { text, values: Object.fromEntries(samples.map(([name, value]) => [name, Number(value)])) };
}

describe('/metrics', () => {
  it('counts requests, calls, and what they brought in', async () => {
    const before = (await readMetrics()).values;
    const began = performance.now();
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    for (const [path, parameters] of call.following(61)) await world.webhook(path, parameters);
    const poor = await world.database.addUser('0');
    await new BrowserCall(world, poor, JAMAICA).begin();
    await world.webhook('/api/twilio/status-callback', call.voice, { signature: `${'a'.repeat(27)}=` });
    await world.api('GET', '/api/account', { token: 'x' });
    await world.api('GET', `/nothing-${Math.random()}`);
    const { values } = await readMetrics();
    const grown = (name) => values[name] - (before[name] ?? 0);
    assert.equal(grown('worldtune_calls_authorized_total'), 1);
    assert.equal(grown('worldtune_calls_refused_total{reason="insufficient_credit"}'), 1);
    assert.deepEqual(
      ['calls', 'seconds', 'credits'].map((what) =>
        what === 'calls' ? grown('worldtune_calls_billed_total') : grown(`worldtune_billed_${what}_total`),
      ),
      [1, 120, 0.82],
    );
    assert.equal(grown('worldtune_webhooks_refused_total{reason="wrong"}'), 1);
    assert.equal(grown('worldtune_user_tokens_refused_total'), 1);
    assert.equal(grown('worldtune_http_requests_total{route="/api/twilio/twiml",status="200"}'), 2);
    assert.equal(grown('worldtune_http_requests_total{route="none",status="404"}'), 1);
    assert.equal(
      grown('worldtune_http_request_duration_seconds_bucket{route="/api/twilio/twiml",le="+Inf"}'),
      2,
    );
    const seconds = grown('worldtune_http_request_duration_seconds_sum{route="/api/twilio/twiml"}');
    assert.ok(seconds > 0 && seconds < (performance.now() - began) / 1000, `${seconds} s`);
    assert.equal(values['worldtune_database_connections{state="most"}'], 8);
    assert.ok(values['process_resident_memory_bytes'] > 1e6);
  });

  it('tells what is open, held and overdue', async () => {
    await world.withRelay({}, async ({ url }) => {
      const caller = await world.database.addUser('5');
      await new BrowserCall(world, caller, JAMAICA).begin();
      const { values } = await readMetrics(url);
      const { calls, held } = await world.database.row(
        'SELECT count(*)::int AS calls, sum(credits)::float AS held FROM worldtune_internal.holds',
      );
      assert.ok(calls > 0);
      assert.deepEqual(
        [values.worldtune_open_calls, values.worldtune_held_credits, values.worldtune_settlement_lag_seconds],
        [calls, held, 0],
      );
      assert.deepEqual([values.worldtune_calls_below_cost, values.worldtune_database_up], [0, 1]);
    });
  });

  it('is clean for promtool', async () => {
    await world.api('POST', '/api/twilio/hangup', { user, json: { callSid: `CA${'0'.repeat(32)}` } });
    const promtool = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [promtool.stdout, promtool.stderr]) stream.on('data', (chunk) => (said += chunk));
    promtool.stdin.end((await readMetrics()).text);
    const [status] = await once(promtool, 'close');
    assert.deepEqual([status, said], [0, '']);
  });

  it('has nothing that the docs do not explain', async () => {
    const docs = await readFile(new URL('../../docs/relay.md', import.meta.url), 'utf8');
    const { text } = await readMetrics();
    const families = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    assert.ok(families.length > 20, text);
    for (const name of families) assert.ok(docs.includes(`\`${name}\``), name);
  });

  it('is on the operators’ listener alone where there is one', async () => {
    await world.withRelay({ OPS_LISTEN: '127.0.0.1:0' }, async ({ url, relay }) => {
      const ready = JSON.parse(relay.log.find((line) => line.includes('"ready"')));
      assert.equal((await world.api('GET', '/metrics', { url })).status, 404);
      assert.ok((await readMetrics(`http://127.0.0.1:${ready.ops_port}`)).text.includes('worldtune_'));
    });
  });
});
