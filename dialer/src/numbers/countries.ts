/** The countries that can be called, as the relay lists them, and how one is found. */

export interface Country {
  country: string;
  isoCountry: string;
  continent: string | null;
  /** "+1876" */
  callingCodes: string[];
  rateMin: string;
  rateMax: string;
  formattedRate: string;
}

/** Letters without accents, in lower case. */
export const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export const codeDigits = (code: string) => code.replace(/\D/g, '');

interface Prefix {
  country: Country;
  digits: string;
}

/** Countries by the longest calling code that a number begins with. Where two share one, the more populous is first. */
export class CallingCodes {
  #byCode = new Map<string, Country>();

  constructor(countries: Country[]) {
    for (const country of countries)
      for (const code of country.callingCodes) {
        const digits = codeDigits(code);
        if (!this.#byCode.has(digits) || MAIN_OF_SHARED_CODE[digits] === country.isoCountry)
          this.#byCode.set(digits, country);
      }
  }

  find(digits: string): Prefix | null {
    for (let length = Math.min(digits.length, 7); length > 0; length--) {
      const country = this.#byCode.get(digits.slice(0, length));
      if (country) return { country, digits: digits.slice(0, length) };
    }
    return null;
  }
}

const MAIN_OF_SHARED_CODE: Record<string, string> = {
  '1': 'US',
  '7': 'RU',
  '44': 'GB',
  '39': 'IT',
  '47': 'NO',
  '61': 'AU',
};

interface Searchable {
  country: Country;
  words: string;
  codes: string[];
}

/** Countries by name (the relay's and the language's own), ISO code or digits. */
export class CountrySearch {
  #all: Searchable[];

  constructor(countries: Country[], nameOf: (country: Country) => string) {
    const { compare } = new Intl.Collator();
    this.#all = countries
      .map((country) => ({ country, name: nameOf(country) }))
      .sort((a, b) => compare(a.name, b.name))
      .map(({ country, name }) => ({
        country,
        words: ` ${fold(name)} ${fold(country.country)} ${country.isoCountry.toLowerCase()}`,
        codes: country.callingCodes.map(codeDigits),
      }));
  }

  find(query: string): Country[] {
    const digits = query.replace(/^\s*00/, '').replace(/\D/g, '');
    if (/^[\s\d+()-]+$/.test(query)) {
      if (digits === '') return this.#all.map(({ country }) => country);
      const fits = (codes: string[]) =>
        codes.some((code) => code.startsWith(digits) || digits.startsWith(code));
      return this.#all.filter(({ codes }) => fits(codes)).map(({ country }) => country);
    }
    const words = fold(query).trim();
    const found = this.#all.filter((entry) => entry.words.includes(words));
    const starts = (entry: Searchable) => (entry.words.includes(` ${words}`) ? 0 : 1);
    return found.sort((a, b) => starts(a) - starts(b)).map(({ country }) => country);
  }
}
