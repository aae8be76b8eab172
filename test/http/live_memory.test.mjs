/** Pages come and go, and the relay’s memory stays what it was. TORTURE_PAGES: how many come. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { openPage } from './lib/live.mjs';
import { PROGRAM } from './lib/relay.mjs';
import { startWorld } from './lib/world.mjs';

const PAGES = Number(process.env.TORTURE_PAGES ?? 1000);
const AT_ONCE = 20;

let world, user;
before(async () => {
  world = await startWorld();
  user = await world.database.addUser();
});
after(() => world.stop());

async function residentKilobytes() {
  const status = await readFile(`/proc/${world.relay.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]);
}

async function comeAndGo(count) {
  for (let i = 0; i < count; i += AT_ONCE) {
    const pages = await Promise.all(
      Array.from({ length: AT_ONCE }, () => openPage(world.relay.liveUrl, user)),
    );
    await Promise.all(pages.map((page) => page.leave()));
  }
}

const skip = /[at]san/.test(PROGRAM) && 'a sanitizer keeps what was freed';

it(`${PAGES} pages leave no memory behind`, { skip }, async () => {
  await comeAndGo(400);
  const before = await residentKilobytes();
  await comeAndGo(PAGES);
  const grown = (await residentKilobytes()) - before;
  assert.ok(grown < 2000, `${grown} kB more`);
});
