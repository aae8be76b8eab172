import { isIPv4 } from 'node:net';

/** Everything of the sandbox's account begins like this (5a4db0c5: "sandbox"), nothing of a real one does. */
const MARK = '5a4db0c5';
const isOurs = (sid, kind) => new RegExp(`^${kind}${MARK}[0-9a-f]{24}$`).test(sid);
const isHere = (url) => /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\/?$/.test(url);
const sid = (kind) => kind + MARK.padEnd(32, '0');

const DEFAULTS = {
  PORT: '0',
  TWILIO_ACCOUNT_SID: sid('AC'),
  TWILIO_TWIML_APP_SID: sid('AP'),
  SANDBOX_SPEED: '30',
  SANDBOX_TALK_SPEED: '1',
  SANDBOX_MEDIA_ADDRESS: '127.0.0.1',
};

function refusal(values) {
  const { TWILIO_ACCOUNT_SID, TWILIO_API_KEY } = values;
  if (!isOurs(TWILIO_ACCOUNT_SID, 'AC'))
    return `TWILIO_ACCOUNT_SID is not a sandbox account's (AC${MARK} and 24 hexadecimal digits): the sandbox does not run beside real credentials`;
  if (TWILIO_API_KEY && !isOurs(TWILIO_API_KEY, 'SK'))
    return `TWILIO_API_KEY is not a sandbox key's (SK${MARK} and 24 hexadecimal digits): the sandbox does not run beside real credentials`;
  for (const name of ['TWILIO_API_BASE', 'TWILIO_PRICING_BASE'])
    if (values[name] && !isHere(values[name]))
      return `${name} is not on this machine: the sandbox does not run beside the real Twilio`;
}

function fault(values) {
  if (!values.TWILIO_AUTH_TOKEN) return 'TWILIO_AUTH_TOKEN is not set: webhooks are signed with it';
  if (!values.TWILIO_API_KEY !== !values.TWILIO_API_SECRET)
    return 'TWILIO_API_KEY and TWILIO_API_SECRET belong together: set both or neither';
  if (!URL.canParse(values.PUBLIC_URL) || !/^https?:/.test(values.PUBLIC_URL))
    return 'PUBLIC_URL must be the http:// or https:// URL of the relay';
  if (!/^\d{1,5}$/.test(values.PORT) || values.PORT > 65535)
    return 'PORT must be a port, or 0 for a free one';
  for (const name of ['SANDBOX_SPEED', 'SANDBOX_TALK_SPEED'])
    if (!(values[name] >= 1 && values[name] <= 1000))
      return `${name} must be a number from 1 (real time) to 1000`;
  if (!isIPv4(values.SANDBOX_MEDIA_ADDRESS)) return 'SANDBOX_MEDIA_ADDRESS must be an IPv4 address';
}

/** The settings from the environment; throws an Error whose message a person can act on. */
export function readSettings(environment) {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const values = { ...DEFAULTS, ...Object.fromEntries(given) };
  const problem = refusal(values) ?? fault(values);
  if (problem) throw new Error(problem);
  return {
    port: Number(values.PORT),
    speed: Number(values.SANDBOX_SPEED),
    talkSpeed: Number(values.SANDBOX_TALK_SPEED),
    mediaAddress: values.SANDBOX_MEDIA_ADDRESS,
    accountSid: values.TWILIO_ACCOUNT_SID,
    authToken: values.TWILIO_AUTH_TOKEN,
    apiKey: values.TWILIO_API_KEY,
    apiSecret: values.TWILIO_API_SECRET,
    appSid: values.TWILIO_TWIML_APP_SID,
    phoneNumber: values.TWILIO_PHONE_NUMBER,
    voiceUrl: `${values.PUBLIC_URL.replace(/\/+$/, '')}/api/twilio/twiml`,
  };
}
