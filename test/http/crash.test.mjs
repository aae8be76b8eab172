/** kill -9 of the relay and of PostgreSQL between and during the webhooks of a call: repeated, they end in the same books. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { BrowserCall, JAMAICA, settled } from './lib/calls.mjs';
import { createCluster } from './lib/cluster.mjs';
import { startWorld } from './lib/world.mjs';

const WEBHOOKS = 6;
const KILLS_IN_FLIGHT = 8;
const TWILIO_WAITS_MS = 15000;

let cluster, world;

before(async () => {
  cluster = await createCluster();
  world = await startWorld({ clusterUrl: cluster.url });
});
afterEach(() => world.database.assertIntegrity());
after(async () => {
  try {
    await world?.stop();
  } finally {
    await cluster?.stop();
  }
});

const restartRelay = async () => {
  await world.killRelay();
  await world.startRelay();
};

const restartDatabase = async () => {
  await cluster.kill();
  await cluster.start();
};

async function newCall() {
  const user = await world.database.addUser();
  return { user, call: new BrowserCall(world, user, JAMAICA) };
}

/** The webhook with this number, 0 being the voice request, once it has been accepted. */
async function send(call, number) {
  const [path, parameters] =
    number === 0 ? ['/api/twilio/twiml', call.voice] : call.following(61)[number - 1];
  const answer = number === 0 ? await call.begin() : await world.webhook(path, parameters);
  assert.ok(answer.status < 300, `webhook ${number}: ${answer.status} ${answer.text}`);
}

async function sendAll(call, first = 0, last = WEBHOOKS - 1) {
  for (let number = first; number <= last; number++) await send(call, number);
}

for (const [what, restart] of [
  ['the relay', restartRelay],
  ['PostgreSQL', restartDatabase],
])
  describe(`kill -9 of ${what}`, () => {
    for (let cut = 0; cut < WEBHOOKS; cut++)
      it(`after webhook ${cut} of a call loses nothing`, async () => {
        const { user, call } = await newCall();
        await sendAll(call, 0, cut);
        const before = await world.database.books(user.id);
        await restart();
        assert.deepEqual(await world.database.books(user.id), before, 'what was answered is kept');
        await sendAll(call, cut + 1);
        assert.deepEqual(await world.database.books(user.id), settled(call));
        await sendAll(call);
        assert.deepEqual(await world.database.books(user.id), settled(call));
      });

    it('during any webhook loses nothing', async () => {
      let met = 0;
      for (let round = 0; round < KILLS_IN_FLIGHT; round++) {
        const { user, call } = await newCall();
        const cut = round % WEBHOOKS;
        await sendAll(call, 0, cut - 1);
        // The kill meets the webhook a little later in each round; what becomes of it is open.
        let answered = false;
        const lost = send(call, cut).then(
          () => (answered = true),
          () => {},
        );
        await delay(round);
        met += answered ? 0 : 1;
        await restart();
        await lost;
        await sendAll(call);
        assert.deepEqual(await world.database.books(user.id), settled(call), `round ${round}`);
      }
      assert.ok(met > 0, 'no kill met a webhook');
    });
  });

describe('with a database that hangs', () => {
  it('the relay gives up before Twilio does, lives, and serves again', async () => {
    const { user, call } = await newCall();
    await sendAll(call, 0, 3);
    await cluster.signal('SIGSTOP');
    try {
      const [path, parameters] = call.following(61)[3];
      const began = performance.now();
      assert.equal((await world.webhook(path, parameters)).status, 503);
      assert.ok(performance.now() - began < TWILIO_WAITS_MS, `${performance.now() - began} ms`);
      assert.equal((await world.api('GET', '/healthz')).status, 200);
    } finally {
      await cluster.signal('SIGCONT');
    }
    await sendAll(call, 4);
    assert.deepEqual(await world.database.books(user.id), settled(call));
  });
});

describe('without its database', () => {
  it('the relay says so, rings nobody, and serves again as soon as it is back', async () => {
    const { user, call } = await newCall();
    await sendAll(call, 0, 2);
    await cluster.kill();
    const refused = await new BrowserCall(world, user, JAMAICA).begin();
    assert.match(refused.text, /<Say>.*<Hangup\/>/s);
    const [path, parameters] = call.following(61)[3];
    assert.equal((await world.webhook(path, parameters)).status, 503, 'it is not acknowledged');
    const check = await world.api('GET', `/api/credits/check?number=${encodeURIComponent(JAMAICA)}`, {
      user,
    });
    assert.deepEqual([check.status, check.body.code], [503, 'database_unavailable']);
    assert.ok(check.headers.get('retry-after'), 'it says when to come back');
    assert.equal((await world.api('GET', '/readyz')).status, 503);
    assert.equal((await world.api('GET', '/healthz')).status, 200);
    await cluster.start();
    await sendAll(call, 4);
    assert.equal((await world.api('GET', '/readyz')).status, 200);
    assert.deepEqual(await world.database.books(user.id), settled(call));
  });
});
