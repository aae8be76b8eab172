/**
 * The endpoint that Twilio's Voice SDK signals to, at ws://HOST/signal: what the unmodified SDK says and expects,
 * measured with version 2.18.5. Each call lives as any other of the sandbox does, with a voice.
 */
import jwt from 'jsonwebtoken';
import { WebSocketServer } from 'ws';
import { SignalledCall } from './signalled_call.mjs';
import { Voice } from './voice.mjs';

const PATH = '/signal';
const VERSION = '1.6';
const HEARTBEAT = '\n';
const HEARTBEAT_MS = 5000; // the SDK takes 15 s of silence for the end
const MESSAGE_BYTES_MAX = 64 * 1024;

const NOT_SIGNED_IN = { code: 31204, message: 'JWT is not valid' };

/** The identity and the seconds that an access token is good for, or the error that the SDK is told. */
function readToken(token, { accountSid, apiKey, apiSecret }) {
  try {
    const { sub, iss, exp, grants } = jwt.verify(token, apiSecret ?? '', { algorithms: ['HS256'] });
    const good = sub === accountSid && iss === apiKey && grants?.voice?.outgoing && grants.identity;
    if (good) return { identity: grants.identity, ttl: exp - Math.floor(Date.now() / 1000) };
  } catch (error) {
    if (error.name === 'TokenExpiredError') return { error: { code: 31205, message: 'JWT expired' } };
  }
  return { error: { code: 31204, message: 'JWT is not valid' } };
}

const readParameters = (text = '') => Object.fromEntries(new URLSearchParams(text));

/** One socket of the SDK. */
class Connection {
  #socket;
  #carrier;
  #caller = null;
  /** Calls that were given up before they began. */
  #givenUp = new Set();

  constructor(socket, carrier) {
    this.#socket = socket;
    this.#carrier = carrier;
    const heartbeat = setInterval(() => socket.send(HEARTBEAT), HEARTBEAT_MS);
    socket.on('message', (data) => this.#hear(String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(heartbeat);
      for (const call of carrier.calls.values()) call.lose(this);
    });
  }

  say(type, payload) {
    if (this.#socket.readyState === this.#socket.OPEN)
      this.#socket.send(JSON.stringify({ type, version: VERSION, payload }));
  }

  #hear(text) {
    if (text === HEARTBEAT) return;
    const handlers = {
      listen: this.#listen,
      register: this.#register,
      invite: this.#invite,
      reinvite: this.#reinvite,
      hangup: this.#hangUp,
    };
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return this.#socket.close(1007);
    }
    handlers[message.type]?.call(this, message.payload ?? {});
  }

  #listen({ token }) {
    const { identity, ttl, error } = readToken(token, this.#carrier.settings);
    if (error) return this.say('error', { error });
    this.#caller = identity;
    this.say('connected', {
      region: 'US_EAST_VIRGINIA',
      edge: 'ashburn',
      home: 'us1',
      gateway: 'sandbox',
      token: { identity, ttl },
    });
  }

  #register({ media }) {
    this.say(media?.audio ? 'ready' : 'offline', {});
  }

  /** A new call, or one that goes on over this socket. */
  async #invite({ callsid, sdp, reconnect, twilio }) {
    if (this.#caller === null) return this.say('hangup', { callsid, error: NOT_SIGNED_IN });
    if (reconnect) return this.#resume(callsid, reconnect);
    try {
      await this.#begin(callsid, sdp, readParameters(twilio?.params));
    } catch (error) {
      console.error(error);
      this.say('hangup', {
        callsid,
        error: { code: 31005, message: 'The sandbox failed; its log says why' },
      });
    }
  }

  async #begin(callsid, sdp, { To = '', ...parameters }) {
    const { settings, life, calls } = this.#carrier;
    const voice = await Voice.meet(sdp, settings.mediaAddress);
    if (this.#givenUp.delete(callsid)) return voice.voice.stop();
    const call = life.startFromBrowser({ identity: this.#caller, to: To, parameters, voiced: true });
    const signalled = new SignalledCall(this, call, voice);
    // The SDK names the call by its own SID until it is told ours.
    const names = [callsid, call.sid];
    for (const name of names) calls.set(name, signalled);
    signalled.onOver = () => names.forEach((name) => calls.delete(name));
  }

  #resume(callsid, reconnect) {
    const call = this.#carrier.calls.get(callsid);
    if (call?.reconnect === reconnect) return call.resume(this);
    this.say('hangup', { callsid, error: { code: 31404, message: 'Not Found' } });
  }

  #reinvite({ callsid, sdp }) {
    this.#carrier.calls.get(callsid)?.renew(sdp);
  }

  #hangUp({ callsid }) {
    const signalled = this.#carrier.calls.get(callsid);
    if (signalled) signalled.call.hangUp();
    else this.#givenUp.add(callsid);
  }
}

/** Serves the SDK's sockets on the carrier's server. Answers how to stop: no socket is left. */
export function serveSignalling(server, { settings, life }) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  const carrier = { settings, life, calls: new Map() };
  server.on('upgrade', (request, socket, head) => {
    if (new URL(request.url, 'http://sandbox').pathname !== PATH) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (upgraded) => new Connection(upgraded, carrier));
  });
  return () => {
    for (const { call } of carrier.calls.values()) call.hangUp();
    for (const socket of sockets.clients) socket.terminate();
  };
}
