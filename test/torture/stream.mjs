/**
 * A stream of calls from many users, as Twilio and pages make them, whatever befalls the relay; and what they were told, to be held
 * against the books. Signatures cover the public address, whichever relay is asked.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { BrowserCall, JAMAICA, readDial } from '../http/lib/calls.mjs';
import { credits, micros } from '../model/books.mjs';

const TRIES = 4; // as the callbacks' #rc=3 asks for
const PAUSE_MS = 50;
const PRICE_OF_A_MINUTE = micros('0.41');

const priceOf = (seconds) => credits(PRICE_OF_A_MINUTE * BigInt(Math.ceil(seconds / 60)));

export class Stream {
  /** What each call's client was told: its SID or id, and the seconds of talk whose end was answered 2xx. */
  calls = [];
  figures = { dialled: 0, refused: 0, acknowledged: 0, repeated: 0, lost: 0, placed: 0, notPlaced: 0 };
  /** Answers that nobody should get. */
  odd = [];
  #going = true;

  /** url: answers the address of a relay, another one each time if there are many. */
  constructor(world, url = () => world.url) {
    Object.assign(this, { world, url });
  }

  /** One endless series of calls for each user: of browsers, by webhooks; of pages, by the API and the carrier. */
  start({ browsers, pages = [] }) {
    this.running = Promise.all([
      ...browsers.map((user) => this.#repeat(() => this.#browserCall(user))),
      ...pages.map((user) => this.#repeat(() => this.#pageCall(user))),
    ]);
    this.running.catch(() => {}); // stop() tells
  }

  async stop() {
    this.#going = false;
    await this.running;
  }

  async #repeat(life) {
    while (this.#going) {
      await life();
      await delay(PAUSE_MS);
    }
  }

  /** As Twilio does: again when it failed, some times. Undefined when it never was accepted. */
  async #deliver(path, parameters) {
    for (let tries = 1; tries <= TRIES; tries++) {
      const url = this.url();
      const answer = await this.world
        .webhook(path, parameters, { url, signedUrl: this.world.url + path })
        .catch(() => ({ status: 0 })); // the connection broke
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (![0, 503].includes(answer.status)) this.odd.push(`${path}: ${answer.status} ${answer.text}`);
      this.figures[tries < TRIES ? 'repeated' : 'lost']++;
    }
  }

  async #browserCall(user) {
    const call = new BrowserCall(this.world, user, JAMAICA);
    const answer = await this.#deliver('/api/twilio/twiml', call.voice);
    call.dial = answer && readDial(answer.text);
    if (!call.dial?.action) return void this.figures.refused++;
    this.figures.dialled++;
    const seconds = 1 + Math.floor(Math.random() * 300);
    const told = { sid: call.sid, userId: user.id };
    this.calls.push(told);
    for (const [path, parameters] of call.following(seconds)) {
      if (!(await this.#deliver(path, parameters))) continue;
      this.figures.acknowledged++;
      if ([parameters.CallStatus, parameters.DialCallStatus].includes('completed')) told.seconds = seconds;
    }
  }

  async #pageCall(user) {
    const { status, body, text } = await this.world
      .api('POST', '/api/call', { user, url: this.url(), json: { to: JAMAICA } })
      .catch(() => ({ status: 0 }));
    if (status === 201) this.calls.push({ id: body.callId, userId: user.id });
    else if (![0, 429, 502, 503].includes(status)) this.odd.push(`POST /api/call: ${status} ${text}`);
    this.figures[status === 201 ? 'placed' : 'notPlaced']++;
  }

  /** Every call that somebody was told of is in the books, and what was acknowledged is billed once. */
  async audit() {
    assert.deepEqual(this.odd, []);
    const rows = await this.world.database.query(
      `SELECT id, call_sid AS sid, user_id AS "userId", status, duration_seconds AS seconds, credits_used AS used,
              (SELECT array_agg(delta::text) FROM credit_ledger WHERE call_id = c.id AND kind = 'call') AS charges
         FROM call_logs c`,
    );
    const books = new Map(rows.flatMap((row) => [row.id, row.sid].map((name) => [name, row])));
    for (const { charges } of rows) assert.ok((charges ?? []).length <= 1, 'a call is charged twice');
    for (const { id, sid = id, userId, seconds } of this.calls) {
      const row = books.get(sid);
      assert.equal(row?.userId, userId, `call ${sid} is not in the books`);
      if (seconds === undefined) continue;
      const price = priceOf(seconds);
      const billed = [row.status, row.seconds, row.used, row.charges];
      assert.deepEqual(billed, ['completed', seconds, price, [`-${price}`]], `call ${sid}`);
    }
    await this.world.database.assertIntegrity();
  }

  toString() {
    return Object.entries(this.figures)
      .map(([what, count]) => `${count} ${what.replace('notP', 'not p')}`)
      .join(', ');
  }
}

/** What is left open when the stream has ended is long overdue: the watchdog asks the carrier, and nothing stays held. */
export async function settleRemains(world, until) {
  await world.database.query("UPDATE worldtune_internal.holds SET due_at = due_at - interval '1 day'");
  await until('nothing is held', async () => {
    const { held } = await world.database.row('SELECT count(*)::int AS held FROM worldtune_internal.holds');
    return held === 0;
  });
}
