/**
 * A relay whose clock is wrong, by libfaketime: an hour off, and jumping while calls go on. Tokens are judged by its clock; what calls
 * cost, and how long anybody waits, is not.
 */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA, settled } from '../http/lib/calls.mjs';
import { openPage } from '../http/lib/live.mjs';
import { PROGRAM } from '../http/lib/relay.mjs';
import { until } from '../http/lib/until.mjs';
import { startWorld, userToken } from '../http/lib/world.mjs';

const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
const HOUR = 3600;

const skip =
  (!LIBRARY && 'there is no libfaketime') ||
  (/[at]san/.test(PROGRAM) && 'a sanitizer has to be loaded before anything else');

let world, directory, clock;

/** What the relay's clock says from now on, in seconds beside ours. */
const setClock = (seconds) => writeFile(clock, `${seconds >= 0 ? '+' : ''}${seconds}\n`);

before(async () => {
  if (skip) return;
  directory = await mkdtemp(join(tmpdir(), 'worldtune-clock-'));
  clock = join(directory, 'clock');
  await setClock(0);
  world = await startWorld({
    settings: {
      WATCHDOG_SECONDS: '1',
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
  });
});
afterEach(() => skip || world.database.assertIntegrity());
after(async () => {
  await world?.stop();
  if (directory) await rm(directory, { recursive: true });
});

/** As its log has it, in seconds beside ours. */
async function relayClock() {
  await world.api('GET', '/healthz');
  return (Date.parse(JSON.parse(world.relay.log.at(-1)).time) - Date.now()) / 1000;
}

async function turnClock(seconds) {
  await setClock(seconds);
  await until('the relay’s clock is wrong', async () => Math.abs((await relayClock()) - seconds) < 5);
}

const expiring = (seconds) => ({ exp: Math.floor(Date.now() / 1000) + seconds });
const statusOf = async (token) => (await world.api('GET', '/api/account', { token })).status;

async function callWith(jump) {
  const user = await world.database.addUser();
  const call = new BrowserCall(world, user, JAMAICA);
  const began = performance.now();
  await call.begin();
  for (const [path, parameters] of call.following(61)) {
    await jump?.();
    assert.ok((await world.webhook(path, parameters)).status < 300, path);
  }
  assert.ok(performance.now() - began < 10_000);
  assert.deepEqual(await world.database.books(user.id), settled(call));
}

for (const [what, offset] of [
  ['an hour ahead', HOUR],
  ['an hour behind', -HOUR],
  ['a year ahead', 365 * 24 * HOUR],
])
  describe(`a relay whose clock is ${what}`, { skip }, () => {
    before(() => turnClock(offset));

    it('judges tokens by it, honestly', async () => {
      const user = await world.database.addUser();
      const claims = (seconds) => userToken(user.id, expiring(offset + seconds));
      assert.equal(await statusOf(claims(600)), 200);
      assert.equal(await statusOf(claims(-600)), 401);
    });

    it('tells pages what happens', async () => {
      const user = await world.database.addUser();
      const token = userToken(user.id, expiring(offset + 600));
      const page = await openPage(world.relay.liveUrl, user, { token });
      await world.database.query('SELECT worldtune.adjust_credits($1, 1, $2)', [user.id, 'an event']);
      await page.untilEvent('credit.changed');
      await page.leave();
    });

    it('takes webhooks, which never expire, and bills what the carrier says', () => callWith());

    it('answers readiness, and places calls', async () => {
      assert.equal((await world.api('GET', '/readyz')).status, 200);
      const user = await world.database.addUser();
      const token = userToken(user.id, expiring(offset + 600));
      const { status, body } = await world.api('POST', '/api/call', { token, json: { to: JAMAICA } });
      assert.equal(status, 201);
      await world.watch(body.callSid, 'over');
      await until('it is billed', async () => {
        const { held, calls } = await world.database.books(user.id);
        return held === '0.000000' && calls[0].status === 'completed';
      });
    });
  });

describe('a relay whose clock jumps', { skip }, () => {
  it('bills as ever, and keeps its promises about time', async () => {
    let ahead = false;
    await callWith(() => turnClock((ahead = !ahead) ? HOUR : -HOUR));
    await turnClock(0);
  });
});
