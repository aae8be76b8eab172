/** A call as a person makes it, through the real Voice SDK, in real time: from the country to the receipt. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../http/lib/until.mjs';
import { startWorld } from '../http/lib/world.mjs';
import { launch, open } from './lib/browser.mjs';

const SILENCE = 0.001;
const HUMAN_MS = 60; // between two keys

let world, browser;

before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

/** The sandbox's story of the newest call. */
async function story(user) {
  const { calls } = await world.database.books(user.id);
  const response = await fetch(`${world.carrier.url}/sandbox/calls/${calls.at(-1).call_sid}`);
  return response.json();
}

describe('a call', () => {
  it('is made by thumb: country, keys, price, ringing, echo, mute, tones, receipt, history', async () => {
    const user = await world.database.addUser('10');
    const person = await open(browser, world, user, { hasTouch: true, isMobile: true });
    const { page } = person;

    await person.button('Choose a country').tap();
    await page.getByRole('combobox').fill('jam');
    await page.getByRole('option', { name: /Jamaica/ }).tap();
    for (const digit of '4441234') await person.button(new RegExp(`^${digit}\\b`)).tap();
    assert.equal(await person.field.inputValue(), '+1 876 444 1234');
    await person.sees('Jamaica · $0.41 a minute');
    await person.sees('up to 24 min with your $10.00');

    await person.callButton.tap();
    await person.state('Ringing');
    await person.state('Talking');
    await person.sees('0:02');
    await person.sees('Jamaica · $0.41 so far');
    await until('the echo is heard', async () => (await person.heard()).energy > SILENCE);

    await person.button('Mute').tap();
    await person.button('Muted').waitFor();
    await person.button('Muted').tap();
    await person.button('Keypad').last().tap();
    for (const name of [/^1$/, /^2\b/, 'Hash']) await person.button(name).tap();
    await until('the far end hears the tones', async () => (await story(user)).digits === '12#');

    await person.hangUp();
    await person.sees('Call ended');
    await person.sees(/^1 min billed of 0:\d\d talked$/);
    await person.sees('$9.59');
    await person.button('Why?').tap();
    await person.sees('Computed again from the stored rows: the same amount.');
    await page.keyboard.press('Escape');

    await page.getByRole('tab', { name: 'Recents' }).tap();
    await person.sees('$0.41');
    const { balance, held, calls } = await world.database.books(user.id);
    assert.deepEqual([balance, held, calls.length], ['9.590000', '0.000000', 1]);
    assert.deepEqual([calls[0].status, calls[0].credits_used], ['completed', '0.410000']);
    await person.leave();
    await world.database.assertIntegrity();
  });

  it('is made by the keyboard alone, and the whole way is seen', async () => {
    const user = await world.database.addUser('10');
    const person = await open(browser, world, user, { width: 1280, height: 800 });
    const { keyboard } = person.page;
    await person.sees('$10.00');
    await keyboard.type('jam', { delay: HUMAN_MS });
    await person.page.getByRole('option', { name: /Jamaica/ }).waitFor();
    await keyboard.press('Enter');
    await person.page.getByRole('dialog').waitFor({ state: 'hidden' });
    await keyboard.type('4441234');
    await person.sees(/up to 24 min/);
    await keyboard.press('Enter');
    await person.state('Talking');
    await person.button('Hang up').focus();
    await keyboard.press('Enter');
    await person.sees(/billed of/);
    await person.leave();
  });

  it('rings within half a second of the click', async () => {
    const user = await world.database.addUser('10');
    const person = await open(browser, world, user);
    await person.field.fill('+18764441234');
    await person.page.locator('.wt-call-button:not([aria-disabled])').waitFor();
    await person.page.waitForLoadState('networkidle');
    // Clicked and timed within the page, or the time of the test's own machinery would count.
    const ms = await person.page.evaluate(async () => {
      const rings = new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          if (!/Ringing/.test(document.querySelector('.wt-state')?.textContent)) return;
          observer.disconnect();
          resolve();
        }).observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      const begin = performance.now();
      document.querySelector('.wt-call-button').click();
      await rings;
      return performance.now() - begin;
    });
    console.log(`from click to ringing: ${Math.round(ms)} ms`);
    assert.ok(ms < 1500, `${ms} ms`);
    await person.hangUp();
    await person.leave();
  });

  it('that the page leaves behind ends, and stands in the history', async () => {
    const user = await world.database.addUser('10');
    const person = await open(browser, world, user);
    await person.dial('+18764441234');
    await person.state('Talking');
    person.page.on('dialog', (dialog) => dialog.accept()); // leave, although a call is going on
    await person.page.reload();
    await person.sees(/1 min billed of 0:\d\d talked/);
    await until('the call is billed', async () => {
      const { calls, held } = await world.database.books(user.id);
      return calls[0].status === 'completed' && held === '0.000000';
    });
    await person.page.getByRole('tab', { name: 'Recents' }).click();
    await person.sees('+1 876 444 1234');
    await person.leave();
  });

  it('uses the microphone that was chosen in an earlier one, and lets go of it in between', async () => {
    const user = await world.database.addUser('10');
    const person = await open(browser, world, user);
    const track = () =>
      person.page.evaluate(() => {
        const { label, readyState } = window.peers.at(-1).getSenders()[0].track;
        return `${label} ${readyState}`;
      });
    await person.dial('+18764441234');
    await person.state('Talking');
    const first = await track();
    await person.button('Sound').click();
    const choice = person.page.getByLabel('Microphone');
    const label = await choice.locator('option').last().textContent();
    assert.ok(!first.startsWith(label));
    await choice.selectOption({ label });
    await until('it is heard by the other microphone', async () => (await track()) === `${label} live`);
    await person.page.keyboard.press('Escape');
    await person.hangUp();
    await until('it is let go', async () => (await track()) === `${label} ended`);
    await person.page.reload();
    await person.dial('+18764441234');
    await person.state('Talking');
    assert.equal(await track(), `${label} live`);
    await person.hangUp();
    await person.leave();
  });
});
