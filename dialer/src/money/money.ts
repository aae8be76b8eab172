/** Credits as the books hold them: whole micro-credits, exact. 1 credit is 1 US dollar. */

export type Micros = bigint;

export const CREDIT: Micros = 1_000_000n;
const DECIMALS = 6;
const MINUS = '\u2212';

/** Decimal text of at most six decimals, such as "-0.305000"; throws a RangeError for anything else. */
export function parseMoney(text: string): Micros {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (sign === undefined) throw new RangeError(`not an amount: ${text}`);
  const micros = BigInt(whole) * CREDIT + BigInt(fraction.padEnd(DECIMALS, '0'));
  return sign ? -micros : micros;
}

/** "0.305000": as the relay writes it. */
export function moneyText(micros: Micros): string {
  const size = micros < 0n ? -micros : micros;
  const fraction = String(size % CREDIT).padStart(DECIMALS, '0');
  return `${micros < 0n ? '-' : ''}${size / CREDIT}.${fraction}`;
}

/** Making a format takes far longer than using it. */
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(locale: string, signDisplay: 'auto' | 'always'): Intl.NumberFormat {
  const key = `${locale} ${signDisplay}`;
  const known = formats.get(key);
  if (known) return known;
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 2,
    maximumFractionDigits: DECIMALS,
    signDisplay,
  });
  formats.set(key, format);
  return format;
}

/** Two decimals, or as many as there are where a cent's fraction matters: "$0.61", "$0.305". */
export function formatMoney(micros: Micros, locale: string, signDisplay: 'auto' | 'always' = 'auto'): string {
  return formatOf(locale, signDisplay)
    .format(moneyText(micros) as Intl.StringNumericLiteral)
    .replace('-', MINUS);
}
