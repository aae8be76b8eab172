/** What is said of calls afterwards: how they were, and what was given back. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { startWorld } from './lib/world.mjs';

let world, user, call;

before(async () => {
  world = await startWorld();
  user = await world.database.addUser();
  call = new BrowserCall(world, user, JAMAICA);
  await call.begin();
  for (const [path, parameters] of call.following(61)) await world.webhook(path, parameters);
});
afterEach(() => world.database.assertIntegrity());
after(() => world?.stop());

const report = (json, { by = user, sid = call.sid } = {}) =>
  world.api('POST', `/api/calls/${sid}/quality`, { user: by, json });
const kept = () =>
  world.database.row(
    `SELECT q.mos, jitter_ms, packet_loss, round_trip_ms, warnings, rating, issues
       FROM worldtune.call_quality q JOIN public.call_logs c ON c.id = q.call_id WHERE c.call_sid = $1`,
    [call.sid],
  );

describe('the quality of a call', () => {
  it('is kept, and the last word counts', async () => {
    const measured = { mos: 4.2, jitterMs: 3.5, packetLoss: 0.25, roundTripMs: 80, warnings: ['low-mos'] };
    const answer = await report({ ...measured, rating: 3 });
    assert.deepEqual([answer.status, answer.text], [204, '']);
    assert.equal((await report({ rating: 5, issues: ['echo'] })).status, 204);
    assert.deepEqual(await kept(), {
      mos: '4.200',
      jitter_ms: '3.500',
      packet_loss: '0.250',
      round_trip_ms: '80.000',
      warnings: ['low-mos'],
      rating: 5,
      issues: ['echo'],
    });
  });

  it('is what can be, and in words when it is not', async () => {
    const before = await kept();
    for (const [json, what] of [
      [{ mos: 6 }, /mos/],
      [{ rating: 2.5 }, /rating/],
      [{ packetLoss: -1 }, /packetLoss/],
      [{ issues: [7] }, /issues/],
      [{ warnings: ['x'.repeat(101)] }, /warnings/],
    ]) {
      const { status, body } = await report(json);
      assert.deepEqual([status, body.code], [400, 'invalid_value']);
      assert.match(body.error, what);
    }
    assert.equal((await report([])).status, 400);
    assert.deepEqual(await kept(), before);
  });

  it('is nobody else’s to tell', async () => {
    const other = await world.database.addUser();
    assert.equal((await report({ rating: 1 }, { by: other })).status, 404);
    assert.equal((await report({ rating: 1 }, { by: null })).status, 401);
    assert.equal((await report({ rating: 1 }, { sid: 'CA1' })).status, 404);
  });
});

describe('the history of calls', () => {
  const newest = async () => (await world.api('GET', '/api/calls/history', { user })).body.calls[0];

  it('shows what was given back', async () => {
    assert.deepEqual((({ creditsUsed, creditsRefunded }) => [creditsUsed, creditsRefunded])(await newest()), [
      '0.820000',
      '0.000000',
    ]);
    await world.database.query('SELECT worldtune.refund_call($1, 0.5, user_id => $2)', [call.sid, user.id]);
    assert.deepEqual((({ creditsUsed, creditsRefunded }) => [creditsUsed, creditsRefunded])(await newest()), [
      '0.820000',
      '0.500000',
    ]);
  });

  it('says that nothing was recorded', async () => {
    const { recorded, transcript } = await newest();
    assert.deepEqual([recorded, transcript], [false, null]);
  });
});
