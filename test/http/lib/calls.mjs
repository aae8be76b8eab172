/** A call as Twilio tells it: the parameters of the webhooks of a browser's call, in the order they are meant. */
import { randomBytes } from 'node:crypto';
import { parseTwiml } from '../../../sandbox/twiml.mjs';
import { ACCOUNT } from './relay.mjs';

/** 0.41 credits a minute: the upper end of the range in rates.csv. */
export const JAMAICA = '+18765551234';

const newSid = () => `CA${randomBytes(16).toString('hex')}`;

/** What a <Dial> of one number asks for. */
export function readDial(twiml) {
  const verbs = parseTwiml(twiml);
  const { attributes, children } = verbs.find(({ name }) => name === 'Dial') ?? verbs[0];
  return { ...attributes, ...children[0]?.attributes, number: children[0]?.text };
}

const pathOf = (url) => url.replace(/^https?:\/\/[^/]+/, '').replace(/#.*/, '');

export class BrowserCall {
  sid = newSid();
  child = newSid();

  constructor(world, user, to) {
    Object.assign(this, { world, user, to });
  }

  get common() {
    return {
      AccountSid: ACCOUNT.TWILIO_ACCOUNT_SID,
      ApiVersion: '2010-04-01',
      CallToken: '{"parentCallInfoToken":"x.y+z/="}',
      FromCity: '',
    };
  }

  get voice() {
    return {
      ...this.common,
      ApplicationSid: ACCOUNT.TWILIO_TWIML_APP_SID,
      CallSid: this.sid,
      CallStatus: 'ringing',
      Direction: 'inbound',
      From: `client:${this.user.identity}`,
      Caller: `client:${this.user.identity}`,
      To: this.to,
      Called: this.to,
    };
  }

  status(CallStatus, sequence, duration) {
    return {
      ...this.common,
      CallSid: this.child,
      ParentCallSid: this.sid,
      CallStatus,
      Direction: 'outbound-dial',
      From: ACCOUNT.TWILIO_PHONE_NUMBER,
      To: this.to,
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(sequence),
      Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
      ...(duration !== undefined && {
        CallDuration: String(duration),
        Duration: String(Math.ceil(duration / 60)),
      }),
    };
  }

  action(DialCallStatus, duration) {
    return {
      ...this.voice,
      CallStatus: 'in-progress',
      DialCallSid: this.child,
      DialCallStatus,
      DialCallDuration: String(duration),
      DialBridged: String(duration > 0),
    };
  }

  /** The voice request; remembers where the call’s callbacks go. A call that is over is not dialled again. */
  async begin(options) {
    const answer = await this.world.webhook('/api/twilio/twiml', this.voice, options);
    const dial = readDial(answer.text);
    if (!this.dial || dial.action) this.dial = dial;
    return answer;
  }

  /** The webhooks that follow on an answered call of so many seconds: [path, parameters], in order. */
  following(seconds) {
    const [status, action] = [pathOf(this.dial.statusCallback), pathOf(this.dial.action)];
    return [
      [status, this.status('initiated', 0)],
      [status, this.status('ringing', 1)],
      [status, this.status('in-progress', 2)],
      [status, this.status('completed', 3, seconds)],
      [action, this.action('completed', seconds)],
    ];
  }
}

/** The books after a call of 61 seconds to Jamaica, of a user who had 10 credits. */
export const settled = (call) => ({
  balance: '9.180000',
  held: '0.000000',
  calls: [
    {
      call_sid: call.sid,
      dial_call_sid: call.child,
      status: 'completed',
      reject_reason: null,
      phone_number: JAMAICA,
      country: 'Jamaica',
      rate: '0.410000',
      max_seconds: 1440,
      credits_held: '0.000000',
      duration_seconds: 61,
      billed_seconds: 120,
      duration_minutes: '2.00',
      credits_used: '0.820000',
    },
  ],
  ledger: [
    { kind: 'purchase', delta: '10.000000', balance_after: '10.000000' },
    { kind: 'call', delta: '-0.820000', balance_after: '9.180000' },
  ],
});
