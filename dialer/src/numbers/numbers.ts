/**
 * Numbers as people write them. The field always holds an international number: what is dialled is what is seen.
 */
import { AsYouType, parsePhoneNumberFromString, validatePhoneNumberLength } from 'libphonenumber-js/min';
import type { CountryCode } from 'libphonenumber-js/min';
import { isEmergency } from './emergency.ts';

export const DIGITS_MAX = 15;

/** What may be made of what was typed: nothing yet, more digits, a number, or none that could be called. */
export type NumberState = 'empty' | 'short' | 'complete' | 'long' | 'emergency';

/** Digits of other scripts (٤, ४, ４) as the digits 0 to 9. */
function plainDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0)!;
    if (code < 128) return digit;
    let zero = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) zero--;
    return String(code - zero);
  });
}

/** "ext. 5", ";ext=5", "x5" behind a number: the far end's, once it has answered. */
const EXTENSION = /(?<=\d)\s*(?:[;,#]|x|ext)[^+]*$/i;

/**
 * The digits of an international number, without its plus, from any notation. One leading zero is national: it is
 * read as a number of that country, if one is given.
 */
export function readDigits(text: string, country?: string): string {
  const plain = plainDigits(text)
    .replace(EXTENSION, '')
    .replace(/\(\s*0\s*\)/g, '');
  const digits = plain.replace(/\D/g, '');
  if (/^\D*\+/.test(plain)) return digits;
  // 00 may be the beginning of 000, which is for emergencies.
  if (/^000?$/.test(digits)) return digits;
  if (digits.startsWith('00')) return digits.slice(2);
  if (digits.startsWith('0') && country) {
    const national = parsePhoneNumberFromString(digits, country as CountryCode);
    if (national?.isPossible()) return national.number.slice(1);
  }
  return digits;
}

/** "+1 876 555 1234", as far as it is typed. */
export function formatDigits(digits: string): string {
  if (digits === '') return '';
  if (digits.startsWith('0')) return digits;
  return new AsYouType().input(`+${digits}`);
}

export function stateOf(digits: string, callingCode = ''): NumberState {
  if (digits === '') return 'empty';
  if (isEmergency(digits, callingCode)) return 'emergency';
  const length = validatePhoneNumberLength(`+${digits}`);
  if (length === 'TOO_LONG' || digits.length > DIGITS_MAX) return 'long';
  return length === undefined ? 'complete' : 'short';
}

export const formatNumber = (e164: string) => formatDigits(e164.replace(/^\+/, ''));
