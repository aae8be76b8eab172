/** All that a call needs: database, relay behind its public address, sandbox carrier. */
import assert from 'node:assert/strict';
import { readSettings } from '../../../sandbox/settings.mjs';
import { startCarrier } from '../../../sandbox/start.mjs';
import jwt from 'jsonwebtoken';
import twilio from 'twilio';
import { createDatabase } from './database.mjs';
import { startFront } from './front.mjs';
import { ACCOUNT, JWT_SECRET, startRelay } from './relay.mjs';

/** A token as Supabase Auth gives it to a signed-in user. */
export function userToken(userId, claims = {}, secret = JWT_SECRET, options = {}) {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const all = { sub: userId, aud: 'authenticated', role: 'authenticated', exp, ...claims };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return jwt.sign(Object.fromEntries(given), secret, { algorithm: 'HS256', ...options });
}

export async function startWorld({ settings = {}, clusterUrl, speed = '100', sandbox = {} } = {}) {
  const world = new World(settings);
  try {
    world.database = await createDatabase(clusterUrl);
    world.front = await startFront();
    world.carrier = await startCarrier(
      readSettings({ ...ACCOUNT, PUBLIC_URL: world.front.url, SANDBOX_SPEED: speed, ...sandbox }),
    );
    await world.startRelay();
  } catch (error) {
    await world.stop();
    throw error;
  }
  return world;
}

class World {
  constructor(settings) {
    this.settings = settings;
  }

  get url() {
    return this.front.url;
  }

  /** Another relay on the same database, which whoever asked stops. */
  runRelay(settings) {
    return startRelay({
      DATABASE_URL: this.database.relayUrl,
      PUBLIC_URL: this.front.url,
      TWILIO_API_BASE: this.carrier.url,
      ...this.settings,
      ...settings,
    });
  }

  async startRelay() {
    this.relay = await this.runRelay();
    this.front.port = this.relay.port;
  }

  /** Another relay on the same database, with settings of its own, for as long as `use` takes. */
  async withRelay(settings, use) {
    const relay = await this.runRelay(settings);
    try {
      return await use({ url: `http://127.0.0.1:${relay.port}`, relay });
    } finally {
      await relay.stop();
    }
  }

  async killRelay() {
    this.front.port = null;
    await this.relay.kill();
    this.relay = null;
  }

  /** Stops everything that was started, whatever fails on the way. */
  async stop() {
    const stops = [
      () => this.carrier?.stop(),
      () => this.relay?.stop(),
      () => this.front?.stop(),
      () => this.database?.drop(),
    ];
    const failures = [];
    for (const stop of stops)
      await Promise.resolve()
        .then(stop)
        .catch((error) => failures.push(error));
    if (failures.length) throw failures[0];
  }

  /** A request of a signed-in user (or of nobody), and its answer. */
  async api(
    method,
    path,
    { user, token = user && userToken(user.id), json, headers, body, url = this.url } = {},
  ) {
    const response = await fetch(url + path, {
      method,
      body: json === undefined ? body : JSON.stringify(json),
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text ? JSON.parse(text) : null,
    };
  }

  /** A webhook, signed by Twilio's own package unless a signature is given. */
  async webhook(path, parameters, { url = this.url, signedUrl = url + path, signature, headers } = {}) {
    const own = twilio.getExpectedTwilioSignature(ACCOUNT.TWILIO_AUTH_TOKEN, signedUrl, parameters);
    const response = await fetch(url + path, {
      method: 'POST',
      body: new URLSearchParams(parameters),
      headers: { 'X-Twilio-Signature': signature ?? own, ...headers },
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  }

  /** Numbers that people called are masked in the relay's log. */
  async assertNoNumberInLog() {
    const calls = await this.database.query('SELECT DISTINCT phone_number FROM public.call_logs');
    for (const { phone_number: number } of calls)
      for (const line of this.relay.log)
        assert.ok(!line.includes(number.slice(-7)), `the end of ${number} is in the log: ${line}`);
  }

  /** What the sandbox carrier knows of a call. */
  async watch(callSid, until) {
    const response = await fetch(`${this.carrier.url}/sandbox/calls/${callSid}?until=${until}`);
    return response.json();
  }

  /** Calls from a browser, played by the sandbox carrier. */
  async callFromBrowser(user, to) {
    const response = await fetch(`${this.carrier.url}/sandbox/calls`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ identity: user.identity, to }),
    });
    return (await response.json()).callSid;
  }

  hangUpInBrowser(callSid) {
    return fetch(`${this.carrier.url}/sandbox/calls/${callSid}/hangup`, { method: 'POST' });
  }
}
