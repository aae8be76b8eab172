/**
 * Very many pages that follow their calls and hear nothing: they cost little memory, and nobody else any time.
 * TORTURE_IDLE: how many.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { openPage } from '../http/lib/live.mjs';
import { PROGRAM } from '../http/lib/relay.mjs';
import { startWorld } from '../http/lib/world.mjs';
import { progress } from './progress.mjs';

const PAGES = Number(process.env.TORTURE_IDLE ?? 2000);
const MEGABYTES = PAGES <= 2000 ? 60 : 150;
const AT_ONCE = 50;
const USERS = 20;
const EXCHANGES = 50;

let world;
before(async () => (world = await startWorld({ settings: { WATCHDOG_SECONDS: '0' } })));
after(() => world?.stop());

async function descriptorsMost() {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const most = /Max open files\s+\S+\s+(\S+)/.exec(limits)[1];
  return most === 'unlimited' ? Infinity : Number(most);
}

async function whySkipped() {
  if (/[at]san/.test(PROGRAM)) return 'a sanitizer has memory of its own';
  const most = await descriptorsMost();
  return most < PAGES + 500 && `this process may have ${most} open files at most: raise ulimit -Hn`;
}

async function residentMegabytes() {
  const status = await readFile(`/proc/${world.relay.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

/** Milliseconds that the middle one of some requests takes. */
async function typicalRequest() {
  const times = [];
  for (let i = 0; i < EXCHANGES; i++) {
    const began = performance.now();
    assert.equal((await world.api('GET', '/api/rates/lookup?number=%2B18765551234')).status, 200);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[EXCHANGES / 2];
}

it(`${PAGES} idle pages take at most ${MEGABYTES} MB`, { skip: await whySkipped() }, async (t) => {
  const users = await Promise.all(Array.from({ length: USERS }, () => world.database.addUser()));
  const [alone, empty] = [await typicalRequest(), await residentMegabytes()];
  const pages = [];
  while (pages.length < PAGES) {
    const more = Array.from({ length: Math.min(AT_ONCE, PAGES - pages.length) }, (_, i) =>
      openPage(world.relay.liveUrl, users[(pages.length + i) % USERS]),
    );
    pages.push(...(await Promise.all(more)));
    progress(`${pages.length} pages`);
  }
  const [crowded, full] = [await typicalRequest(), await residentMegabytes()];
  assert.ok(full <= MEGABYTES, `${full} MB`);
  assert.ok(crowded < 5 * alone + 20, `a request takes ${crowded} ms, ${alone} ms before`);
  // One event reaches everybody whom it concerns, and nobody is lost.
  const [user] = users;
  await world.database.query('SELECT worldtune.adjust_credits($1, 1, $2)', [user.id, 'an event']);
  const theirs = pages.filter((_, i) => i % USERS === 0);
  await Promise.all(theirs.map((page) => page.untilEvent('credit.changed')));
  assert.ok(pages.every(({ socket }) => socket.readyState === socket.OPEN));
  await Promise.all(pages.map((page) => page.leave()));
  t.diagnostic(
    `${full} MB (${empty} before), ${await residentMegabytes()} afterwards; a request takes ${crowded.toFixed(1)} ms (${alone.toFixed(1)})`,
  );
});
