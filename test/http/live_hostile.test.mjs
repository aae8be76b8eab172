/** Pages that want more than is theirs, and users whose rows somebody has locked: what becomes of all the others. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { openPage, Page } from './lib/live.mjs';
import { freePort } from './lib/cluster.mjs';
import { startDrippers } from './lib/raw.mjs';
import { until } from './lib/until.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const KEY_MS = 1500;

describe('live events beside hostile pages', () => {
  let world, url;
  before(async () => {
    /* Nobody is there who could tell the keys. */
    const jwks = `http://127.0.0.1:${await freePort()}/`;
    world = await startWorld({ settings: { SUPABASE_JWKS_URL: jwks } });
    url = world.relay.liveUrl;
  });
  after(() => world.stop());

  const adjust = (user) =>
    world.database.query('SELECT worldtune.adjust_credits($1, 1, $2)', [user.id, 'a correction']);

  it('go on for all others while a user’s row is locked, whose page is told when it is free', async () => {
    const [locked, follows, comes] = await Promise.all([1, 2, 3].map(() => world.database.addUser()));
    const page = await openPage(url, follows);
    const client = new pg.Client(world.database.url);
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM public.users WHERE id = $1 FOR UPDATE', [locked.id]);
    const waits = new Page(url, { token: userToken(locked.id) });
    await waits.open;
    const next = await openPage(url, comes);
    await adjust(follows);
    await page.untilEvent('credit.changed');
    assert.equal(waits.ready, undefined);
    await client.query('ROLLBACK');
    await client.end();
    await waits.untilReady();
    await adjust(locked);
    await waits.untilEvent('credit.changed');
    await Promise.all([page, next, waits].map((one) => one.leave()));
  });

  it('come to no page that sends one wrong token after the other', async () => {
    const user = await world.database.addUser();
    const exp = Math.floor(Date.now() / 1000) + 2;
    for (const page of [new Page(url), await openPage(url, user, { token: userToken(user.id, { exp }) })]) {
      await page.open;
      const nags = setInterval(() => page.send({ type: 'auth', token: 'wrong' }), KEY_MS / 5);
      const timer = setTimeout(() => page.socket.terminate(), 10 * KEY_MS);
      assert.equal(await page.closed, 4401);
      clearInterval(nags);
      clearTimeout(timer);
    }
  });

  it('begin beside hundreds who send their headers slowly', async () => {
    const user = await world.database.addUser();
    const crowd = await startDrippers(Number(new URL(url).port), 500, 'GET /api/calls/live HTTP/1.1\r\nX: ');
    const page = await openPage(url, user);
    assert.ok(crowd.open() > 400, 'they are still there');
    await page.leave();
    await until('they are cut', () => crowd.open() === 0);
    crowd.stop();
  });

  it('make nobody wait for a page that asks for everything ever again', async () => {
    const asks = 90;
    const [greedy, other] = await Promise.all([world.database.addUser(), world.database.addUser()]);
    const page = await openPage(url, greedy);
    const readies = () => page.messages.filter(({ type }) => type === 'ready').length;
    const everything = { type: 'auth', token: userToken(greedy.id), after: page.ready.seq };
    for (let i = 0; i < asks; i++) page.send(everything);
    await adjust(greedy);
    await page.untilEvent('credit.changed');
    const next = await openPage(url, other);
    assert.ok(readies() < asks / 2, `${readies()} answers`);
    await Promise.all([page, next].map((one) => one.leave()));
  });
});
