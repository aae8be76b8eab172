/** A user's page as the live socket sees it: what it was told, in order, and how it ended. */
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { userToken } from './world.mjs';

const PATIENCE_MS = 15000;

export class Page {
  messages = [];
  #waiting = new Set();

  /** Without a token it says nothing. */
  constructor(url, { token, after, ...options } = {}) {
    this.socket = new WebSocket(url, options);
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.open = new Promise((resolve) => this.socket.on('open', resolve));
    this.socket.on('error', (error) => (this.error = error));
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      for (const look of this.#waiting) look();
    });
    if (token) this.open.then(() => this.send({ type: 'auth', token, after }));
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  get events() {
    return this.messages.filter(({ seq, type }) => seq !== undefined && type !== 'ready');
  }

  get ready() {
    return this.messages.findLast(({ type }) => type === 'ready');
  }

  /** Resolves to what `find` answers once that is true of the messages. */
  async until(what, find) {
    let timer;
    const found = new Promise((resolve, reject) => {
      const look = () => {
        const answer = find(this.messages);
        if (!answer) return;
        this.#waiting.delete(look);
        resolve(answer);
      };
      this.#waiting.add(look);
      timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`in vain: ${what}, of ${JSON.stringify(this.messages.slice(-20))}`));
      }, PATIENCE_MS);
      look();
    });
    return found.finally(() => clearTimeout(timer));
  }

  untilReady(count = 1) {
    return this.until(
      `ready number ${count}`,
      (messages) => messages.filter(({ type }) => type === 'ready')[count - 1],
    );
  }

  untilEvent(type, check = () => true) {
    return this.until(type, () => this.events.find((event) => event.type === type && check(event)));
  }

  /** All events up to that number. */
  async untilSeq(seq) {
    await this.until(`event ${seq}`, () => this.events.some((event) => event.seq >= seq));
    return this.events;
  }

  async leave() {
    this.socket.close(1000);
    return this.closed;
  }
}

export const eventsOf = (page) =>
  page.events.map(({ type, status, kind }) => [type, status ?? kind].filter(Boolean).join(' '));

/** Numbers follow on each other, and on the first one's. */
export function assertGapless(events, first = events[0].seq) {
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => first + index),
  );
}

/** A page of that user, which has been told how things stand. */
export async function openPage(url, user, options = {}) {
  const page = new Page(url, { token: userToken(user.id), ...options });
  await page.untilReady();
  return page;
}
