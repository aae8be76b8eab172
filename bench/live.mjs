/** Live events: what idle pages cost, and how soon an event is on all of a user's. Prints a figure's key, side and value a line. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { BrowserCall, JAMAICA } from '../test/http/lib/calls.mjs';
import { openPage } from '../test/http/lib/live.mjs';
import { startWorld } from '../test/http/lib/world.mjs';

const AT_ONCE = 50;
const ROUNDS = 5;
const REQUESTS = 300;

const world = await startWorld();

async function residentMegabytes() {
  const status = await readFile(`/proc/${world.relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

async function open(users) {
  const pages = [];
  while (pages.length < users.length) {
    const some = users.slice(pages.length, pages.length + AT_ONCE);
    pages.push(...(await Promise.all(some.map((user) => openPage(world.relay.liveUrl, user)))));
  }
  return pages;
}

const makeUsers = (count) => {
  const users = Array.from({ length: count }, () => ({ id: randomUUID() }));
  const ids = users.map(({ id }) => id);
  return world.database
    .query('INSERT INTO public.users (id, credit_balance) SELECT id, 10 FROM unnest($1::uuid[]) id', [ids])
    .then(() => users);
};

const leave = (pages) => Promise.all(pages.map((page) => page.leave()));
const report = (key, value, side = 'ours') => console.log(key, side, value.toFixed(2));

/** Milliseconds of the middle one of many webhooks. */
async function requestTime() {
  const call = new BrowserCall(world, await world.database.addUser(), JAMAICA);
  await call.begin();
  const [rings] = call.following(0);
  const times = [];
  while (times.length < REQUESTS) {
    const start = performance.now();
    await world.webhook(...rings);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[REQUESTS / 2];
}

/** Milliseconds from a webhook to the last page. */
async function reach(pages, user, seq) {
  const call = new BrowserCall(world, user, JAMAICA);
  const told = Promise.all(pages.map((page) => page.untilSeq(seq)));
  const start = performance.now();
  const answered = call.begin();
  await told;
  const took = performance.now() - start;
  await answered;
  await world.webhook(...call.following(0)[0]);
  await world.database.query('SELECT worldtune.record_call_status($1, $2)', [call.sid, 'busy']);
  await Promise.all(pages.map((page) => page.untilSeq(seq + 2)));
  return took;
}

try {
  await requestTime(); // what is slow at first
  report('live.request', await requestTime(), 'peer');
  const pages = await open(await makeUsers(2000));
  report('live.idle', await residentMegabytes());
  report('live.request', await requestTime());
  pages.push(...(await open(await makeUsers(8000))));
  report('live.crowd', await residentMegabytes());
  await leave(pages);

  const user = await world.database.addUser();
  const tabs = await open(Array(2000).fill(user));
  for (let round = 0; round < ROUNDS; round++) {
    const { seq } = tabs[0].events.at(-1) ?? tabs[0].ready;
    report('live.reach', await reach(tabs, user, seq + 1));
  }
  await leave(tabs);
} finally {
  await world.stop();
}
