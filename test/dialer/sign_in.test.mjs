/** Signing in by Supabase Auth, with the real supabase-js in the page. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { until } from '../http/lib/until.mjs';
import { startWorld, userToken } from '../http/lib/world.mjs';
import { startAuth } from './lib/auth.mjs';
import { launch, open } from './lib/browser.mjs';

const EMAIL = 'ada@example.com';
const PASSWORD = 'right horse';

let auth, world, browser, user;

before(async () => {
  auth = await startAuth();
  world = await startWorld({ settings: { SUPABASE_URL: auth.url, SUPABASE_ANON_KEY: 'anon' } });
  browser = await launch();
});
beforeEach(async () => {
  Object.assign(auth, { refusal: null, renewals: 0, signOuts: 0, lifetime: 3600 });
  user = await world.database.addUser('10');
  auth.add(EMAIL, PASSWORD, user);
});
after(async () => {
  await browser?.close();
  await world?.stop();
  await auth?.stop();
});

const arrive = () => open(browser, world, user, { token: null });

async function signIn(person, password = PASSWORD) {
  await person.page.getByLabel('Email').fill(EMAIL);
  await person.page.getByLabel('Password').fill(password);
  await person.button('Sign in').click();
}

let numbers = 0;
/** And waits for the answer: a price is asked for once the number rests. */
const askForAnotherPrice = (person) =>
  Promise.all([
    person.page.waitForResponse(/credits\/check/),
    person.field.fill(`+1876444${1000 + ++numbers}`),
  ]);

describe('signing in', () => {
  it('leads to the dialer, outlives a reload, and ends when the caller signs out', async () => {
    const person = await arrive();
    await person.page.getByLabel('Password').waitFor();
    await person.inspect('sign-in');
    await signIn(person);
    await person.sees('$10.00');
    await person.page.reload();
    await person.sees('$10.00');
    await person.dial('+18764441234');
    await person.state('Talking');
    await person.hangUp();
    await person.sees('$9.59');
    await person.page.getByRole('tab', { name: 'Account' }).click();
    await person.button('Sign out').click();
    await person.page.getByLabel('Password').waitFor();
    assert.equal(auth.signOuts, 1);
    await person.page.reload();
    await person.page.getByLabel('Password').waitFor();
    await person.leave();
  });

  it('takes the token of an address that is opened in the same tab, though the browser keeps nothing', async () => {
    const person = await arrive();
    await person.page.getByLabel('Password').waitFor();
    await person.page.addInitScript(() => {
      const get = () => {
        throw new DOMException('denied', 'SecurityError');
      };
      for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get });
    });
    await person.page.goto(`${world.url}/#token=${userToken(user.id, { iss: `${auth.url}/auth/v1` })}`);
    await person.sees('$10.00');
    assert.equal(new URL(person.page.url()).hash, '');
    await person.leave();
  });

  it('says why not', async () => {
    const person = await arrive();
    await signIn(person, 'wrong horse');
    await person.sees('Email and password do not fit.');
    for (const [refusal, words] of [
      ['email_not_confirmed', /Confirm your email address first/],
      ['over_request_rate_limit', /Too many tries/],
    ]) {
      auth.refusal = refusal;
      await signIn(person);
      await person.sees(words);
    }
    await person.page.route(`${auth.url}/**`, (route) => route.abort());
    await signIn(person);
    await person.sees(/not possible right now/);
    await person.inspect('sign-in-refused');
    await person.leave();
  });

  it('is renewed before it ends', async () => {
    auth.lifetime = 91; // supabase-js renews what ends within 90 seconds
    const person = await arrive();
    await signIn(person);
    await person.sees('$10.00');
    await until('the session is renewed', async () => {
      await askForAnotherPrice(person);
      return auth.renewals > 0;
    });
    await person.sees('up to 24 min with your $10.00');
    await person.callButton.click();
    await person.state('Talking');
    await person.hangUp();
    await person.sees('$9.59');
    await person.leave();
  });

  it('ends in words when it cannot be renewed, and begins anew', async () => {
    auth.lifetime = 5; // a token that is in force is used although it could not be renewed
    const person = await arrive();
    await signIn(person);
    await person.sees('$10.00');
    auth.revoke();
    const words = person.page.getByText('Your session has expired.').first();
    await until('the page says so', async () => {
      await askForAnotherPrice(person);
      return words.isVisible();
    });
    await person.inspect('session-expired');
    await person.button('Sign in').first().click();
    await person.sees('Your session has expired.');
    await signIn(person);
    await person.sees('$10.00');
    await person.leave();
  });
});
