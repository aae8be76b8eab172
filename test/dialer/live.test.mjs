/** Live events in the dialer: two tabs that agree, credit that comes in, a relay that goes away and comes back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { until } from '../http/lib/until.mjs';
import { startWorld } from '../http/lib/world.mjs';
import { launch, open } from './lib/browser.mjs';

let world, browser;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

before(async () => {
  // A page keeps to the address that it was told: a relay that comes back has it again.
  world = await startWorld({ settings: { LIVE_LISTEN: `127.0.0.1:${await freePort()}` } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

describe('live', () => {
  it('two tabs agree on a call, and the other one hangs up', async () => {
    const user = await world.database.addUser('10');
    const [here, there] = [await open(browser, world, user), await open(browser, world, user)];
    await there.sees('$10.00');
    await here.dial('+18764441234');
    await there.state('Ringing');
    await there.state('Talking');
    await there.sees('In another tab or device');
    for (const tab of [here, there]) await tab.sees(/\$0\.41 so far/);
    await there.inspect('elsewhere');
    await here.state('Talking');
    await there.button('Mute').click();
    await here.button('Muted').waitFor();
    await there.button('Muted').waitFor();
    await there.hangUp();
    for (const tab of [here, there]) {
      await tab.sees(/1 min billed of/);
      await tab.sees('$9.59');
      await tab.leave();
    }
  });

  it('a top-up shows at once', async () => {
    const user = await world.database.addUser('0.10');
    const person = await open(browser, world, user);
    await person.field.fill('+18764441234');
    await person.sees(/Your credit does not reach/);
    await world.database.query('SELECT worldtune.add_credits($1, 5, $2, 5)', [user.id, `pi_${user.id}_2`]);
    await person.sees('$5.10');
    await person.sees(/up to 12 min with your \$5\.10/);
    await person.leave();
  });

  it('a relay that was away tells what happened meanwhile', async () => {
    const user = await world.database.addUser('10');
    const person = await open(browser, world, user);
    await person.dial('+18764441234');
    await person.state('Talking');
    await world.killRelay();
    await person.sees(/The connection to Worldtune is lost/);
    await person.inspect('relay-away');
    await world.database.query('SELECT worldtune.add_credits($1, 5, $2, 5)', [user.id, `pi_${user.id}_2`]);
    await world.startRelay();
    await until('the page knows of it', async () => !(await person.page.getByText(/is lost/).isVisible()));
    await person.hangUp();
    await person.sees(/1 min billed of/);
    await person.sees('$14.59');
    const { balance } = await world.database.books(user.id);
    assert.equal(balance, '14.590000');
    await person.leave();
  });
});
