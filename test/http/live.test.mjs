/** What a user’s pages are told while it happens. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { BrowserCall, JAMAICA } from './lib/calls.mjs';
import { createCluster } from './lib/cluster.mjs';
import { assertGapless, eventsOf, openPage, Page } from './lib/live.mjs';
import { exchange } from './lib/raw.mjs';
import { until } from './lib/until.mjs';
import { startWorld, userToken } from './lib/world.mjs';

const soon = (seconds) => ({ exp: Math.floor(Date.now() / 1000) + seconds });
const adjust = (world, user, credits = 1) =>
  world.database.query('SELECT worldtune.adjust_credits($1, $2, $3)', [user.id, credits, 'a correction']);

/** A call, with all its webhooks. */
async function callFor(world, user, seconds, options) {
  const call = new BrowserCall(world, user, JAMAICA);
  await call.begin();
  for (const [path, parameters] of call.following(seconds)) await world.webhook(path, parameters, options);
  return call;
}

describe('live events', () => {
  let world;
  let url;
  before(async () => {
    world = await startWorld({ settings: { ALLOWED_ORIGINS: 'https://app.example.org' } });
    url = world.relay.liveUrl;
  });
  after(() => world.stop());

  it('tell a call from its authorisation to its charge, and what is then owned', async () => {
    const user = await world.database.addUser();
    const page = await openPage(url, user);
    assert.deepEqual(page.ready, {
      type: 'ready',
      seq: page.ready.seq,
      balance: '10.000000',
      available: '10.000000',
      calls: [],
    });
    const call = await callFor(world, user, 61);
    await page.untilEvent('call.ended');
    assert.deepEqual(eventsOf(page), [
      'call.status queued',
      'call.status initiated',
      'call.status ringing',
      'call.status in-progress',
      'credit.changed call',
      'call.ended completed',
    ]);
    assertGapless(page.events, page.ready.seq + 1);
    const [queued] = page.events;
    assert.deepEqual(
      { ...queued, seq: 0, at: '', callId: '', durationSeconds: 0, secondsLeft: 0 },
      {
        type: 'call.status',
        seq: 0,
        at: '',
        callSid: call.sid,
        callId: '',
        status: 'queued',
        number: JAMAICA,
        durationSeconds: 0,
        cost: '0.000000',
        balance: '10.000000',
        available: '0.160000',
        secondsLeft: 0,
        maxSeconds: 1440,
      },
    );
    assert.ok(Math.abs(Date.parse(queued.at) - Date.now()) < 60000);
    const { billedSeconds, cost, why, balance, available, durationSeconds, secondsLeft } = page.events.at(-1);
    assert.deepEqual(
      { billedSeconds, cost, why, balance, available, durationSeconds, secondsLeft },
      {
        billedSeconds: 120,
        cost: '0.820000',
        why: 'completed',
        balance: '9.180000',
        available: '9.180000',
        durationSeconds: 61,
        secondsLeft: 0,
      },
    );
    await page.leave();
  });

  it('tell what anybody books within five seconds, once for each row of the ledger', async () => {
    const user = await world.database.addUser();
    const page = await openPage(url, user);
    const start = Date.now();
    await adjust(world, user);
    await world.database.query('UPDATE public.users SET credit_balance = credit_balance + 2 WHERE id = $1', [
      user.id,
    ]);
    await world.database.query('SELECT worldtune.add_credits($1, 3, $2, 3)', [user.id, `pi_${randomUUID()}`]);
    const [first, second, third] = await page.untilSeq(page.ready.seq + 3);
    assert.ok(Date.now() - start < 5000);
    assert.deepEqual([first.kind, first.balance], ['adjustment', '11.000000']);
    assert.deepEqual([second.kind, second.balance], ['adjustment', '13.000000']);
    assert.deepEqual([third.kind, third.balance], ['purchase', '16.000000']);
    await page.leave();
  });

  it('tell once, when a call is answered, that little credit is left', async () => {
    const user = await world.database.addUser('0.5');
    const page = await openPage(url, user);
    await callFor(world, user, 20);
    await page.untilEvent('call.ended');
    const low = page.events.filter(({ type }) => type === 'credit.low');
    assert.deepEqual(
      low.map(({ available, secondsLeft }) => [available, secondsLeft > 50]),
      [['0.500000', true]],
    );
    await page.leave();
  });

  it('reach every tab of the user, and nobody else', async () => {
    const [alice, bob] = [await world.database.addUser(), await world.database.addUser()];
    const tabs = await Promise.all([1, 2, 3].map(() => openPage(url, alice)));
    const stranger = await openPage(url, bob);
    await adjust(world, alice);
    await Promise.all(tabs.map((tab) => tab.untilEvent('credit.changed')));
    await adjust(world, bob, 5);
    await stranger.untilEvent('credit.changed');
    assert.deepEqual(
      stranger.events.map(({ balance }) => balance),
      ['15.000000'],
    );
    for (const tab of tabs) assert.deepEqual(tab.events, tabs[0].events);
    await Promise.all([...tabs, stranger].map((page) => page.leave()));
  });

  it('go on after the event that a page had last, and never take it back', async () => {
    const user = await world.database.addUser();
    const first = await openPage(url, user);
    const other = await openPage(url, user);
    const { seq } = first.ready;
    await first.leave();
    await callFor(world, user, 61);
    await other.untilEvent('call.ended');
    const back = await openPage(url, user, { after: seq });
    await back.untilSeq(seq + 6);
    assert.deepEqual(
      back.events.map((event) => [event.seq, event.type]),
      other.events.map((event) => [event.seq, event.type]),
    );
    assert.equal(back.ready.seq, seq + 6);
    for (const { balance } of back.events.filter((event) => event.balance))
      assert.equal(balance, back.ready.balance);
    for (const { status } of back.events.filter((event) => event.status)) assert.equal(status, 'completed');
    await adjust(world, user);
    await back.untilSeq(seq + 7);
    assertGapless(back.events, seq + 1);
    await Promise.all([back, other].map((page) => page.leave()));
  });

  it('show the calls that are open to a page that comes later', async () => {
    const user = await world.database.addUser();
    const call = new BrowserCall(world, user, JAMAICA);
    await call.begin();
    await world.webhook(...call.following(0)[2]);
    const page = await openPage(url, user);
    const [shown] = page.ready.calls;
    assert.equal(page.ready.calls.length, 1);
    assert.deepEqual(
      [shown.callSid, shown.status, shown.number, shown.maxSeconds, shown.balance, shown.available],
      [call.sid, 'in-progress', JAMAICA, 1440, '10.000000', '0.160000'],
    );
    assert.ok(shown.secondsLeft > 1430 && shown.secondsLeft <= 1440);
    await world.webhook(...call.following(30)[3]);
    await page.untilEvent('call.ended');
    await page.leave();
  });

  it('begin anew where the numbers do not follow', async () => {
    const user = await world.database.addUser();
    for (const wrong of [0, 1, 9007199254740991, -5, 'x', 1.5]) {
      const page = new Page(url, { token: userToken(user.id), after: wrong });
      await page.untilReady(2);
      assert.deepEqual(
        page.messages.map(({ type }) => type),
        ['ready', 'resync', 'ready'],
      );
      await page.leave();
    }
    const page = await openPage(url, user);
    const before = page.ready.seq;
    await world.database.query('TRUNCATE worldtune_internal.live_events'); // as a crash of the database does
    await adjust(world, user);
    await page.until('resync', (messages) => messages.some(({ type }) => type === 'resync'));
    const again = await page.untilReady(2);
    assert.ok(again.seq > before);
    assert.equal(again.balance, '11.000000');
    await adjust(world, user);
    const event = await page.untilEvent('credit.changed');
    assert.equal(event.seq, again.seq + 1);
    await page.leave();
  });

  it('let nobody in without a token, or with a bad one', async () => {
    const user = await world.database.addUser();
    const bad = {
      nonsense: 'nonsense',
      'of another secret': userToken(user.id, {}, 'another-secret-of-at-least-32-characters'),
      expired: userToken(user.id, soon(-3600)),
      'expired a moment ago': userToken(user.id, soon(-5)),
      'of nobody who is signed in': userToken(user.id, { role: 'anon' }),
    };
    for (const [what, token] of Object.entries(bad)) {
      const page = new Page(url, { token });
      assert.equal(await page.closed, 4401, what);
      assert.deepEqual(page.messages, []);
    }
    for (const message of [
      '{"type":"auth"}',
      '{"type":"auth","token":7}',
      '{"type":"call.muted"}',
      'nonsense',
      '[]',
      '"auth"',
    ]) {
      const page = new Page(url);
      await page.open;
      page.send(message);
      assert.equal(await page.closed, 4401, message);
    }
    const inUrl = new Page(`${url}?token=${userToken(user.id)}&access_token=${userToken(user.id)}`);
    await inUrl.open;
    inUrl.send({ type: 'call.muted' });
    assert.equal(await inUrl.closed, 4401);
  });

  it('wait ten seconds for a token, and no longer', async () => {
    const page = new Page(url);
    const start = Date.now();
    assert.equal(await page.closed, 4408);
    assert.ok(Date.now() - start > 9000 && Date.now() - start < 13000);
  });

  it('end with the token, unless a newer one came', async () => {
    const user = await world.database.addUser();
    const [stays, goes] = [3, 3].map(
      (seconds) => new Page(url, { token: userToken(user.id, soon(seconds)) }),
    );
    await Promise.all([stays.untilReady(), goes.untilReady()]);
    const { seq } = stays.ready;
    stays.send({ type: 'auth', token: userToken(user.id, soon(3600)) });
    await stays.untilReady(2);
    assert.equal(await goes.closed, 4401);
    await adjust(world, user);
    await stays.untilEvent('credit.changed');
    assertGapless(stays.events, seq + 1);
    stays.send({ type: 'auth', token: userToken((await world.database.addUser()).id) });
    assert.equal(await stays.closed, 4401, 'another user’s token renews nothing');
  });

  it('are for the origins that may call, and for what is no browser', async () => {
    const user = await world.database.addUser();
    for (const origin of ['https://evil.example.org', 'null', 'https://app.example.org.evil.org'])
      assert.equal(await new Page(url, { origin, token: userToken(user.id) }).closed, 4403, origin);
    for (const origin of ['https://app.example.org', world.url, `http://127.0.0.1:${world.relay.port}`]) {
      const page = await openPage(url, user, { origin });
      await page.leave();
    }
  });

  it('take messages of 4 KiB, and no bigger ones', async () => {
    const user = await world.database.addUser();
    const page = await openPage(url, user);
    page.send({ type: 'hello', text: 'x'.repeat(4000) });
    await adjust(world, user);
    await page.untilEvent('credit.changed');
    page.send('x'.repeat(4097));
    assert.equal(await page.closed, 1009);
    for (const size of [5000, 100_000, 20_000_000]) {
      const big = new Page(url);
      await big.open;
      big.send('x'.repeat(size));
      assert.equal(await big.closed, 1009, String(size));
    }
    const pieces = await openPage(url, user);
    for (let i = 0; i < 5; i++) pieces.socket.send('x'.repeat(1000), { fin: false });
    assert.equal(await pieces.closed, 1009, 'in fragments');
    const binary = await openPage(url, user);
    binary.socket.send(randomBytes(10));
    assert.equal(await binary.closed, 1003);
  });

  it('drop a page that floods', async () => {
    const page = await openPage(url, await world.database.addUser());
    for (let i = 0; i < 200; i++) page.send({ type: 'hello' });
    assert.equal(await page.closed, 1008);
  });

  it('drop a page that does not read', async () => {
    const user = await world.database.addUser();
    const [slow, quick] = await Promise.all([openPage(url, user), openPage(url, user)]);
    const start = quick.ready.seq;
    slow.socket.pause();
    // In steps, as the world does: a page that reads keeps up with them.
    for (let i = 1; i <= 8; i++) {
      await world.database.query(
        'SELECT count(worldtune.adjust_credits($1, 0.01, $2)) FROM generate_series(1, 900)',
        [user.id, 'again and again'],
      );
      await quick.untilSeq(start + i * 900);
    }
    slow.socket.resume();
    assert.equal(await slow.closed, 1013);
    assertGapless(quick.events, start + 1);
    await quick.leave();
  });

  it('serve nothing but the one path', async () => {
    const port = new URL(url).port;
    for (const path of ['/', '/api/account', '/api/calls/live']) {
      const { statuses } = await exchange(port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      assert.deepEqual(statuses, [404], path);
    }
    const main = await world.api('GET', '/api/calls/live');
    assert.deepEqual([main.status, main.body.code], [426, 'upgrade_required']);
    assert.ok(main.body.error.endsWith(url), main.body.error);
    const elsewhere = new Page(url.replace('/live', '/other'));
    await elsewhere.closed;
    assert.match(elsewhere.error.message, /404/);
  });

  it('are told of by the relay, with what else a page needs', async () => {
    const { status, body } = await world.api('GET', '/api/config');
    assert.deepEqual([status, body.success, body.liveUrl, body.recordCalls], [200, true, url, false]);
    const settings = {
      LIVE_URL: 'wss://call.example.org/api/calls/live',
      SUPABASE_URL: 'https://x.example.org',
      SUPABASE_ANON_KEY: 'public',
    };
    await world.withRelay(settings, async ({ url: other }) => {
      const { body: told } = await world.api('GET', '/api/config', { url: other });
      assert.deepEqual([told.liveUrl, told.supabaseUrl, told.supabaseAnonKey], Object.values(settings));
    });
  });
});

describe('live events on several relays', () => {
  let world;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.stop());

  it('come whichever relay had the webhook', async () => {
    const user = await world.database.addUser();
    await world.withRelay({}, async ({ relay }) => {
      const [here, there] = await Promise.all([
        openPage(world.relay.liveUrl, user),
        openPage(relay.liveUrl, user),
      ]);
      await callFor(world, user, 61);
      await Promise.all([here, there].map((page) => page.untilEvent('call.ended')));
      assert.deepEqual(eventsOf(there), eventsOf(here));
      await Promise.all([here, there].map((page) => page.leave()));
    });
  });

  it('are all there after a relay was killed in the middle', async () => {
    const user = await world.database.addUser();
    await world.withRelay({}, async ({ relay }) => {
      const [killed, stays] = await Promise.all([
        openPage(world.relay.liveUrl, user),
        openPage(relay.liveUrl, user),
      ]);
      const start = stays.ready.seq;
      const writing = world.database.query(
        `DO $$ BEGIN FOR i IN 1..400 LOOP PERFORM worldtune.adjust_credits('${user.id}', 0.01, 'again'); COMMIT; PERFORM pg_sleep(0.005); END LOOP; END $$`,
      );
      await until('some events', () => killed.events.length > 20);
      await world.killRelay();
      await killed.closed;
      assertGapless(killed.events, start + 1);
      const last = killed.events.at(-1).seq;
      const again = await openPage(relay.liveUrl, user, { after: last });
      await writing;
      await Promise.all([again, stays].map((page) => page.untilSeq(start + 400)));
      assertGapless(stays.events, start + 1);
      assertGapless([...killed.events, ...again.events], start + 1);
      await world.startRelay();
      const home = await openPage(world.relay.liveUrl, user, { after: last });
      await home.untilSeq(start + 400);
      assertGapless(home.events, last + 1);
      await Promise.all([again, stays, home].map((page) => page.leave()));
    });
  });

  it('come from the port after that of HTTP, unless somebody has it', async () => {
    const listen = (port) =>
      new Promise((resolve, reject) => {
        const server = createServer().on('error', reject);
        server.listen(port, '127.0.0.1', () => resolve(server));
      });
    const close = (server) => new Promise((resolve) => server.close(resolve));
    const first = await listen(0);
    const { port } = first.address();
    const next = await listen(port + 1);
    await close(first);
    const LISTEN = `127.0.0.1:${port}`;
    await world.withRelay({ LISTEN }, ({ relay }) => {
      assert.ok(![port, port + 1].includes(Number(new URL(relay.liveUrl).port)));
    });
    await close(next);
    await world.withRelay({ LISTEN }, ({ relay }) => {
      assert.equal(new URL(relay.liveUrl).port, String(port + 1));
    });
  });

  it('are for so many pages at once, and for the next one when one has left', async () => {
    const user = await world.database.addUser();
    await world.withRelay({ LIVE_CONNECTIONS: '2' }, async ({ relay }) => {
      const pages = [await openPage(relay.liveUrl, user), await openPage(relay.liveUrl, user)];
      assert.equal(await new Page(relay.liveUrl).closed, 1013);
      pages[0].socket.close();
      await pages[0].closed;
      await until('there is room', async () => {
        const page = new Page(relay.liveUrl, { token: userToken(user.id) });
        return Promise.race([page.untilReady().then(() => true), page.closed.then(() => false)]);
      });
    });
  });

  it('say that the relay goes away, to those with a token and those without', async () => {
    const user = await world.database.addUser();
    const pages = [];
    await world.withRelay({}, async ({ relay }) => {
      pages.push(await openPage(relay.liveUrl, user), new Page(relay.liveUrl));
      await pages[1].open;
    });
    for (const page of pages) assert.equal(await page.closed, 1001);
  });

  describe('mute a call', () => {
    const mute = (user, callSid, muted, options) =>
      world.api('POST', '/api/twilio/mute', { user, json: { callSid, muted }, ...options });
    const openCall = async (user) => {
      const call = new BrowserCall(world, user, JAMAICA);
      await call.begin();
      return call;
    };

    it('by the user’s own page, on whichever relay', async () => {
      const user = await world.database.addUser();
      const { sid: callSid } = await openCall(user);
      await world.withRelay({}, async ({ relay, url }) => {
        const page = await openPage(relay.liveUrl, user);
        for (const [muted, through] of [
          [true, url],
          [false, world.url],
        ]) {
          const answer = mute(user, callSid, muted, { url: through });
          const { id } = await page.untilEvent('call.mute', (event) => event.muted === muted);
          page.send({ type: 'call.muted', callSid, muted, id });
          const { status, body } = await answer;
          assert.deepEqual([status, body], [200, { success: true, callSid, muted, by: 'client' }]);
        }
        await page.leave();
      });
    });

    it('fails when no page says so in five seconds', async () => {
      const [user, other] = [await world.database.addUser(), await world.database.addUser()];
      const { sid: callSid } = await openCall(user);
      const [page, stranger] = await Promise.all([
        openPage(world.relay.liveUrl, user),
        openPage(world.relay.liveUrl, other),
      ]);
      const start = Date.now();
      const answer = mute(user, callSid, true);
      const { id } = await page.untilEvent('call.mute');
      stranger.send({ type: 'call.muted', callSid, muted: true, id });
      page.send({ type: 'call.muted', callSid, muted: true, id: randomUUID() });
      const { status, body } = await answer;
      assert.deepEqual([status, body.code], [409, 'no_live_client']);
      assert.ok(Date.now() - start > 4900 && Date.now() - start < 8000);
      await Promise.all([page, stranger].map((each) => each.leave()));
    });

    it('is for open calls of one’s own', async () => {
      const [user, other] = [await world.database.addUser(), await world.database.addUser()];
      const { sid } = await openCall(user);
      assert.equal((await mute(other, sid, true)).status, 404);
      assert.equal((await mute(user, sid, 'yes')).status, 400);
      assert.equal((await mute(user, 'CA1', true)).status, 400);
      assert.equal((await mute(undefined, sid, true)).status, 401);
      const over = await callFor(world, other, 5);
      const { status, body } = await mute(other, over.sid, true);
      assert.deepEqual([status, body.code], [409, 'call_is_over']);
    });
  });
});

describe('a call in a conference', () => {
  let world;
  before(async () => {
    world = await startWorld({ settings: { CALL_MODE: 'conference' }, speed: '20' });
  });
  after(() => world.stop());

  it('is muted there, whatever its pages do', async () => {
    const user = await world.database.addUser();
    const callSid = await world.callFromBrowser(user, '+18765555903');
    await until('it is answered', async () => {
      const { calls } = await world.database.books(user.id);
      return calls[0]?.status === 'in-progress';
    });
    for (const muted of [true, false]) {
      const { body } = await world.api('POST', '/api/twilio/mute', { user, json: { callSid, muted } });
      assert.deepEqual(body, { success: true, callSid, muted, by: 'conference' });
    }
    await world.hangUpInBrowser(callSid);
    await world.watch(callSid, 'over');
  });
});

describe('a database that crashes', () => {
  let cluster, world;
  before(async () => {
    cluster = await createCluster();
    world = await startWorld({ clusterUrl: cluster.url });
  });
  after(async () => {
    await world?.stop();
    await cluster?.stop();
  });

  it('costs the pages nothing but a new beginning', async () => {
    const user = await world.database.addUser();
    const page = await openPage(world.relay.liveUrl, user);
    const { seq } = page.ready;
    await adjust(world, user);
    await page.untilSeq(seq + 1);
    await cluster.kill();
    const late = new Page(world.relay.liveUrl, { token: userToken(user.id), after: seq + 1 });
    await late.open;
    await cluster.start();
    await adjust(world, user);
    for (const [each, count] of [
      [page, 2],
      [late, 2],
    ]) {
      const ready = await each.untilReady(count);
      assert.ok(ready.seq > seq + 1, 'numbers begin above all earlier ones');
      assert.ok(each.messages.some(({ type }) => type === 'resync'));
    }
    await adjust(world, user);
    await Promise.all(
      [page, late].map((each) => each.untilEvent('credit.changed', ({ balance }) => balance === '13.000000')),
    );
    await Promise.all([page, late].map((each) => each.leave()));
  });
});
