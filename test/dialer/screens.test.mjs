/** Every screen, in light and dark, on a small phone, a phone, a desktop and at 200 % zoom: nothing that axe finds. */
import { after, before, describe, it } from 'node:test';
import { startWorld } from '../http/lib/world.mjs';
import { launch, open } from './lib/browser.mjs';

let world, browser;

before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

/** In light and in dark axe looks at every screen; of the other windows, at those whose layout is their own. */
const THOROUGH = /^(small-light|phone-dark)$/;
const OWN_LAYOUT = /^(1|3|6|11)-/;

const WINDOWS = {
  'small-light': { width: 320, height: 568 },
  'phone-dark': { width: 390, height: 844, dark: true },
  'desktop-light': { width: 1280, height: 800 },
  ...(process.env.SCREENS && { 'desktop-dark': { width: 1280, height: 800, dark: true } }),
  'zoomed-light': { width: 640, height: 400, deviceScaleFactor: 2 },
};

async function walk(person, label) {
  const { page } = person;
  const inspect = (name) =>
    person.inspect(`${label}-${name}`, { axe: THOROUGH.test(label) || OWN_LAYOUT.test(name) });
  await person.sees('$10.00');
  await inspect('1-keypad');
  await person.field.fill('+18764441234');
  await person.sees(/up to 24 min/);
  await inspect('2-price');
  await person.callButton.click();
  await person.state('Talking');
  await person.sees('0:01');
  await inspect('3-call');
  await person.button('Keypad').last().click();
  await inspect('4-tones');
  await person.button('Hide the keypad').click();
  await person.button('Sound').click();
  await inspect('5-sound');
  await page.keyboard.press('Escape');
  await person.hangUp();
  await person.sees(/billed of/);
  await page.locator('.wt-star').nth(1).click();
  await inspect('6-ended');
  await person.button('Why?').click();
  await person.sees(/the same amount/);
  await inspect('7-receipt');
  await page.keyboard.press('Escape');
  await person.button('Done').click();
  await person.button(/^Country: Jamaica/).click();
  await person.sees('Recent and frequent');
  await inspect('8-countries');
  await page.keyboard.press('Escape');
  const recents = page.getByRole('tab', { name: 'Recents' });
  if (await recents.isVisible()) await recents.click();
  await person.button(/^Jamaica/).click();
  await person.sees(/the same amount/);
  await inspect('9-details');
  await page.keyboard.press('Escape');
  await inspect('10-recents');
  await page.getByRole('tab', { name: 'Account' }).click();
  await person.sees('Call to Jamaica');
  await inspect('11-account');
}

describe('every screen', () => {
  for (const [label, window] of Object.entries(WINDOWS))
    it(`is accessible and fits: ${label}`, async () => {
      const person = await open(browser, world, await world.database.addUser('10'), window);
      await walk(person, label);
      await person.leave();
    });

  it('is there in a second language, and from right to left', async () => {
    const person = await open(browser, world, await world.database.addUser('10'), { locale: 'de-DE' });
    await person.sees('10,00');
    await person.page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await person.inspect('german-mirrored');
    await person.leave();
  });
});
