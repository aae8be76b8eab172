/** What went wrong, as the code of a sentence that a caller can act on. */
import { ApiError } from '../api/client.ts';
import type { Problem } from './state.ts';

/** The refusals and errors that have sentences of their own; any other is told by its kind. */
const KNOWN = new Set([
  'insufficient_credit',
  'suspended',
  'destination_blocked',
  'unknown_user',
  'no_rate',
  'invalid_number',
  'too_many_calls',
  'too_many_destinations',
  'spend_limit',
  'too_many_requests',
  'not_configured',
]);

const BY_STATUS: Record<number, string> = {
  0: 'relay_away',
  401: 'session_expired',
  429: 'too_many_requests',
  502: 'carrier_error',
  503: 'relay_busy',
};

/** The Voice SDK's errors. https://www.twilio.com/docs/voice/sdks/error-codes */
const BY_VOICE_CODE: Record<number, string> = {
  31401: 'microphone_blocked',
  31402: 'no_microphone',
  31208: 'microphone_blocked',
  31201: 'no_microphone',
  20101: 'token_refused',
  20104: 'session_expired',
  31204: 'token_refused',
  31205: 'session_expired',
  31202: 'token_refused',
  31000: 'voice_unreachable',
  31005: 'voice_unreachable',
  31009: 'voice_unreachable',
  53000: 'voice_unreachable',
  53405: 'connection_lost',
  31003: 'connection_lost',
  31404: 'not_reachable',
  31480: 'not_reachable',
};

/** How a call ends by itself; the card that tells so stands where it was. */
const ENDINGS = new Set([31486, 31603, 31002]);

export function voiceProblem(code: number, message: string): Problem | null {
  if (ENDINGS.has(code)) return null;
  return { code: BY_VOICE_CODE[code] ?? 'voice_error', detail: `${code} ${message}` };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) {
    const code = KNOWN.has(error.code) ? error.code : (BY_STATUS[error.status] ?? 'unknown');
    return { code, detail: error.status === 0 ? null : `${error.status} ${error.code}` };
  }
  const { name, code, message } = error as Error & { code?: number };
  if (name === 'NotAllowedError') return { code: 'microphone_blocked', detail: message };
  if (name === 'NotFoundError') return { code: 'no_microphone', detail: message };
  if (typeof code === 'number')
    return { code: BY_VOICE_CODE[code] ?? 'voice_error', detail: `${code} ${message}` };
  return { code: 'unknown', detail: message };
}
