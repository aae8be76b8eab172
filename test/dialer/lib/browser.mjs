/** Debian's Chromium with a fake microphone, and a person in front of the dialer. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { userToken } from '../../http/lib/world.mjs';

const PROGRAM = '/usr/bin/chromium';
const SCREENS = process.env.SCREENS; // a folder: every state is kept there as a picture
const PATIENCE_MS = 15_000;
const MICROPHONE = ['--use-fake-device-for-media-stream'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** `microphone`: 'granted', or 'blocked' as by a person who said no. */
export async function launch({ microphone = 'granted' } = {}) {
  return chromium.launch({
    executablePath: PROGRAM,
    args: [
      '--no-sandbox',
      '--allow-loopback-in-peer-connection',
      ...MICROPHONE,
      microphone === 'granted' ? '--use-fake-ui-for-media-stream' : '--deny-permission-prompts',
    ],
  });
}

/** Opens the dialer for a user, in a window of its own; with the token null, for somebody who is not signed in. */
export async function open(browser, world, user, options = {}) {
  const { width = 390, height = 844, dark = false, token = userToken(user.id), ...others } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-US',
    reducedMotion: 'reduce',
    ...others,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return new Person(await context.newPage(), world, user).start(token);
}

export class Person {
  constructor(page, world, user) {
    Object.assign(this, { page, world, user, faults: [] });
    page.on('pageerror', (error) => this.faults.push(error.stack));
    page.on('console', (message) => {
      // A refused policy is a fault; a refused request (401, 402) is what some tests are about.
      if (message.type() === 'error' && /Content Security|Refused/.test(message.text()))
        this.faults.push(message.text());
    });
  }

  async start(token) {
    // How loud the far end is, for who cannot listen.
    await this.page.addInitScript(() => {
      const Native = RTCPeerConnection;
      window.peers = [];
      window.RTCPeerConnection = class extends Native {
        constructor(...given) {
          super(...given);
          window.peers.push(this);
        }
      };
    });
    await this.page.goto(token === null ? this.world.url : `${this.world.url}/#token=${token}`);
    return this;
  }

  get field() {
    return this.page.getByRole('textbox', { name: 'Phone number' });
  }

  get callButton() {
    return this.page.getByRole('button', { name: /^Call( again)?$/ });
  }

  button(name) {
    return this.page.getByRole('button', { name });
  }

  sees(text) {
    return this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  state(word) {
    return this.page.locator('.wt-state', { hasText: word }).waitFor();
  }

  /** Types the number, and waits until its price is known. */
  async dial(number) {
    await this.field.fill(number);
    await this.sees(/a minute/);
    await this.page.locator('.wt-call-button:not([aria-disabled])').waitFor();
    await this.callButton.click();
  }

  hangUp() {
    return this.button('Hang up').click();
  }

  /** What the inbound sound has come to: packets, and energy that silence has not. */
  heard() {
    return this.page.evaluate(async () => {
      const peer = window.peers.at(-1);
      const reports = peer ? [...(await peer.getStats()).values()] : [];
      const inbound = reports.find(({ type }) => type === 'inbound-rtp');
      return { packets: inbound?.packetsReceived ?? 0, energy: inbound?.totalAudioEnergy ?? 0 };
    });
  }

  /** Nothing that axe finds wrong, no sideways scrolling; the picture is kept under this name. */
  async inspect(name, { axe = true } = {}) {
    if (SCREENS) {
      mkdirSync(SCREENS, { recursive: true });
      await this.page.screenshot({ path: `${SCREENS}/${name}.png` });
    }
    if (axe) assert.deepEqual(await this.#faultsOfAxe(), [], name);
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
  }

  async #faultsOfAxe() {
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(RULES).analyze();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }

  async leave() {
    await this.page.context().close();
    assert.deepEqual(this.faults, []);
  }
}
