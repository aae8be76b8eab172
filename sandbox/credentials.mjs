/** Basic authentication, as all of Twilio's APIs want it: by the account's SID and token, or by a key. */
import { timingSafeEqual } from 'node:crypto';
import { TwilioError } from './errors.mjs';

export function checkCredentials(request, { accountSid, authToken, apiKey, apiSecret }) {
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
  const given = Buffer.from(scheme === 'Basic' ? value : '', 'base64');
  const good = [Buffer.from(`${accountSid}:${authToken}`)];
  if (apiKey) good.push(Buffer.from(`${apiKey}:${apiSecret}`));
  if (!good.some((one) => one.length === given.length && timingSafeEqual(one, given)))
    throw new TwilioError(401, 20003, 'Authenticate');
}
