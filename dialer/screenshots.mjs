/**
 * The pictures of the README: calls with what `make run` has started, from a terminal beside it.
 * . .worldtune/env && RELAY_URL=$RELAY_URL DEMO_JWT=$DEMO_JWT node dialer/screenshots.mjs
 */
import { chromium } from 'playwright-core';

const FOLDER = new URL('../docs/images/', import.meta.url).pathname;
const NUMBER = '+18764441234';
const SIZE = { width: 300, height: 620 };

const { RELAY_URL, DEMO_JWT } = process.env;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
});

async function picture(dark) {
  const context = await browser.newContext({
    viewport: SIZE,
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-US',
  });
  const page = await context.newPage();
  const keep = (name) => page.screenshot({ path: `${FOLDER}${name}.png` });
  await page.goto(`${RELAY_URL}/#token=${DEMO_JWT}`);
  await page.getByRole('textbox', { name: 'Phone number' }).fill(NUMBER);
  await page.getByText(/^up to/).waitFor();
  await page.waitForLoadState('networkidle');
  if (!dark) await keep('dialer-price');
  await page.getByRole('button', { name: 'Call' }).click();
  await page.getByText('0:04').waitFor();
  if (dark) await keep('dialer-call');
  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByRole('button', { name: 'Why?' }).click();
  await page.getByText('Paid').waitFor();
  await page.waitForTimeout(400); // until it has slid in
  if (!dark) await keep('dialer-receipt');
  await context.close();
}

await picture(false);
await picture(true);
await browser.close();
