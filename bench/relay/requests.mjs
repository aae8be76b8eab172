/**
 * The requests as wrk's Lua: `callback` (of calls that ring, each signed), `refused` (the same with a signature that is none)
 * and `lookup`. From standard input: lines of a user's id and a call's SID.
 */
import { text } from 'node:stream/consumers';
import twilio from 'twilio';

const { PUBLIC_URL, TWILIO_AUTH_TOKEN, KIND } = process.env;
const calls = (await text(process.stdin))
  .trim()
  .split('\n')
  .map((line) => line.split(' '));
const FORM = 'application/x-www-form-urlencoded';

function callback([user, sid], i) {
  const path = `/api/twilio/status-callback?user=${user}`;
  const parameters = {
    AccountSid: 'AC5a4db0c5000000000000000000000000',
    ApiVersion: '2010-04-01',
    CallSid: `CA${String(i).padStart(32, 'f')}`,
    CallStatus: 'ringing',
    CallbackSource: 'call-progress-events',
    Direction: 'outbound-dial',
    From: '+15005550006',
    ParentCallSid: sid,
    SequenceNumber: '1',
    To: '+442079460958',
  };
  const own = twilio.getExpectedTwilioSignature(TWILIO_AUTH_TOKEN, PUBLIC_URL + path, parameters);
  const signature = KIND === 'refused' ? `${'a'.repeat(27)}=` : own;
  return { method: 'POST', path, body: new URLSearchParams(parameters).toString(), signature };
}

const lookup = (_, i) => ({ method: 'GET', path: `/api/rates/lookup?number=%2B4420794${60000 + i}` });
const requests = calls.map(KIND === 'lookup' ? lookup : callback);
const lua = ({ method, path, body, signature }) =>
  body
    ? `wrk.format("${method}", "${path}", {["Content-Type"]="${FORM}", ["X-Twilio-Signature"]="${signature}"}, "${body}")`
    : `wrk.format("${method}", "${path}")`;
console.log(`local requests
local at = 0
function init()
  requests = {
    ${requests.map(lua).join(',\n    ')}
  }
  at = math.random(#requests)
end
function request()
  at = at % #requests + 1
  return requests[at]
end`);
