/** What keeps a call from being made, and how it ends; a minute of talk passes in three seconds. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../http/lib/until.mjs';
import { startWorld, userToken } from '../http/lib/world.mjs';
import { launch, open } from './lib/browser.mjs';

let world, browser;

before(async () => {
  world = await startWorld({ sandbox: { SANDBOX_TALK_SPEED: '20' } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

/** A person with a user of so much credit. */
async function personWith(credit, options) {
  return open(browser, world, await world.database.addUser(credit), options);
}

const callsOf = async ({ user }) => (await world.database.books(user.id)).calls;

describe('before anything rings', () => {
  it('says that the credit does not reach', async () => {
    const person = await personWith('0.10');
    await person.field.fill('+18764441234');
    await person.sees('Your credit does not reach the shortest call to this number.');
    await person.inspect('insufficient-credit');
    assert.deepEqual(await callsOf(person), []);
    await person.leave();
  });

  it('says that the account is suspended', async () => {
    const person = await personWith('10');
    await world.database.query('SELECT worldtune.suspend_user($1, $2)', [person.user.id, 'test']);
    await person.field.fill('+18764441234');
    await person.sees(/Your account is suspended/);
    await person.leave();
  });

  it('never dials an emergency number, and says why', async () => {
    const person = await personWith('10');
    await person.field.fill('911');
    await person.sees(/911 is an emergency number/);
    await person.inspect('emergency');
    await person.field.fill('+44 999');
    await person.sees(/44999 is an emergency number/);
    assert.deepEqual(await callsOf(person), []);
    await person.leave();
  });

  it('says what a number is that cannot be one, or is not served', async () => {
    const person = await personWith('10');
    await person.field.fill('+1876444123412345');
    await person.sees('This number has too many digits.');
    await person.field.fill('+8835100123456');
    await person.sees(/do not serve this number|no number that can be called|not allowed/);
    await person.leave();
  });

  it('says that the microphone is blocked', async () => {
    const deaf = await launch({ microphone: 'blocked' });
    after(() => deaf.close());
    const person = await open(deaf, world, await world.database.addUser('10'));
    await person.dial('+18764441234');
    await person.sees(/The microphone is blocked/);
    await person.inspect('microphone-blocked');
    await person.leave();
  });

  it('asks to sign in again when the session has expired', async () => {
    const user = await world.database.addUser('10');
    const exp = Math.floor(Date.now() / 1000) - 3600;
    const person = await open(browser, world, user, { token: userToken(user.id, { exp }) });
    await person.sees(/Your session has expired/);
    await person.inspect('session-expired');
    await person.button('Sign in').click();
    await person.sees('Call any number in the world');
    await person.inspect('sign-in');
    await person.leave();
  });
});

describe('a call ends', () => {
  for (const [how, number, title] of [
    ['busy', '+18765555900', 'Busy'],
    ['unanswered', '+18765555901', 'No answer'],
    ['not reachable', '+18765555902', 'Not reachable'],
  ])
    it(`${how}, and costs nothing`, async () => {
      const person = await personWith('10');
      await person.dial(number);
      await person.page.getByRole('heading', { name: title }).waitFor();
      await person.sees(/Nothing was charged/);
      const { balance, held } = await world.database.books(person.user.id);
      assert.deepEqual([balance, held], ['10.000000', '0.000000']);
      await person.leave();
    });

  it('when the far end hangs up', async () => {
    const person = await personWith('10');
    await person.dial('+18765555061');
    await person.sees('2 min billed of 1:01 talked');
    await person.sees('$0.82');
    await person.leave();
  });

  it('when the credit is used up, which is said before', async () => {
    const person = await personWith('0.41');
    await person.dial('+18764441234');
    await person.state('Talking');
    await person.sees(/The call ends in 0:\d\d, when the credit is used up/);
    await person.inspect('last-minute');
    await person.sees('1 min billed of 1:00 talked');
    const { balance } = await world.database.books(person.user.id);
    assert.equal(balance, '0.000000');
    await person.leave();
  });

  it('by the caller while it rings', async () => {
    const person = await personWith('10');
    await person.dial('+18765555901');
    await person.state('Ringing');
    await person.hangUp();
    await person.page.getByRole('heading', { name: 'Call canceled' }).waitFor();
    await until(
      'nothing is held',
      async () => (await world.database.books(person.user.id)).held === '0.000000',
    );
    await person.leave();
  });

  it('rightly told, although the relay was away meanwhile', async () => {
    const person = await personWith('10');
    await person.dial('+18764441234');
    await person.state('Talking');
    await world.killRelay();
    await person.sees(/so far/);
    await world.startRelay();
    await person.hangUp();
    await person.sees(/min billed of/);
    await person.leave();
  });
});
