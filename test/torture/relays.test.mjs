/**
 * Two relays on one database share users and work, and one after the other is killed with -9 in the middle of it. Pages that follow
 * their calls go to the other one with the number of the last event they had: none is lost, doubled or out of order.
 * RELAY_KILLS: how often.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Page, assertGapless, openPage } from '../http/lib/live.mjs';
import { until } from '../http/lib/until.mjs';
import { startWorld, userToken } from '../http/lib/world.mjs';
import { progress } from './progress.mjs';
import { Stream, settleRemains } from './stream.mjs';

const KILLS = Number(process.env.RELAY_KILLS ?? 4);
const LOAD_MS = [200, 1500];
const USERS = 4;
const PAGES = 3; // of each user

let world, users, stream;
let relays = [];

before(async () => {
  world = await startWorld({ settings: { WATCHDOG_SECONDS: '1' } });
  relays = [world.relay, await world.runRelay()];
  users = await Promise.all(Array.from({ length: USERS }, () => world.database.addUser('1000000')));
});
after(async () => {
  await stream?.stop();
  await Promise.all(relays.filter((relay) => relay !== world.relay).map((relay) => relay.stop()));
  await world?.stop();
});

const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** A page as a browser has it: it comes back, to whichever relay there is, and says what it had last. */
class Follower {
  events = [];
  returns = 0;
  #leaving = false;

  constructor(user) {
    this.user = user;
  }

  async begin() {
    this.page = await openPage(pick(relays).liveUrl, this.user);
    this.start = this.page.ready.seq;
    this.following = this.#follow();
  }

  async #follow() {
    while (!this.#leaving) {
      const had = this.events.at(-1)?.seq ?? this.start;
      this.page ??= new Page(pick(relays).liveUrl, { token: userToken(this.user.id), after: had });
      await this.page.closed;
      assert.ok(!this.page.messages.some(({ type }) => type === 'resync'), 'it had to begin anew');
      this.events.push(...this.page.events);
      this.page = null;
      this.returns++;
      await delay(20);
    }
  }

  /** All events up to that number. */
  async end(seq) {
    await until(`event ${seq}`, () => (this.page?.events.at(-1) ?? this.events.at(-1))?.seq >= seq);
    this.#leaving = true;
    await this.page.leave();
    await this.following;
    assertGapless(this.events, this.start + 1);
  }
}

/** The other one goes on alone, and the killed one is replaced. */
async function killOne() {
  const index = pick([0, 1]);
  const [killed] = relays.splice(index, 1);
  await killed.kill();
  const next = await world.runRelay();
  if (killed === world.relay) {
    world.relay = next;
    world.front.port = next.port;
  }
  relays.push(next);
}

it(`${KILLS} kills of either relay lose, double and reorder no event, and bill every call once`, async (t) => {
  const followers = users.flatMap((user) => Array.from({ length: PAGES }, () => new Follower(user)));
  await Promise.all(followers.map((follower) => follower.begin()));
  stream = new Stream(world, () => `http://127.0.0.1:${pick(relays).port}`);
  stream.start({ browsers: users });
  for (let kill = 1; kill <= KILLS; kill++) {
    await delay(LOAD_MS[0] + Math.random() * (LOAD_MS[1] - LOAD_MS[0]));
    await killOne();
    progress(`kill ${kill} of ${KILLS}: ${stream}`);
  }
  await stream.stop();
  await settleRemains(world, until);
  await stream.audit();
  const last = await world.database.query(
    'SELECT user_id AS id, max(seq)::float8 AS seq FROM worldtune_internal.live_events GROUP BY user_id',
  );
  const lastOf = new Map(last.map(({ id, seq }) => [id, seq]));
  await Promise.all(followers.map((follower) => follower.end(lastOf.get(follower.user.id))));
  const sum = (what) => followers.reduce((total, follower) => total + what(follower), 0);
  assert.ok(sum(({ returns }) => returns) > followers.length, 'no kill met a page');
  t.diagnostic(`${stream}`);
  t.diagnostic(
    `${sum(({ events }) => events.length)} events on ${followers.length} pages, which lost ${sum(({ returns }) => returns) - followers.length} connections`,
  );
});
