import { describe, expect, it } from 'vitest';
import { CallingCodes, CountrySearch, type Country } from '../src/numbers/countries.ts';
import { formatDigits, readDigits, stateOf } from '../src/numbers/numbers.ts';

const country = (isoCountry: string, name: string, ...callingCodes: string[]): Country => ({
  isoCountry,
  country: name,
  callingCodes,
  continent: null,
  rateMin: '0.1',
  rateMax: '0.1',
  formattedRate: '$0.10/min',
});

const COUNTRIES = [
  country('CA', 'Canada', '+1'),
  country('US', 'United States', '+1'),
  country('JM', 'Jamaica', '+1876', '+1658'),
  country('BS', 'Bahamas', '+1242'),
  country('CG', 'Congo', '+242'),
  country('CI', 'Côte d’Ivoire', '+225'),
  country('GG', 'Guernsey', '+44', '+441481'),
  country('GB', 'United Kingdom', '+44'),
];

describe('a number', () => {
  it.each([
    ['+44 20 7946 0958', '442079460958'],
    ['0044 20 7946 0958', '442079460958'],
    ['442079460958', '442079460958'],
    ['+44 (0)20 7946-0958', '442079460958'],
    ['tel:+1-876-555-1234', '18765551234'],
    ['٠٠٤٤٢٠٧٩٤٦٠٩٥٨', '442079460958'],
    ['＋４４ ２０ ７９４６ ０９５８', '442079460958'],
    ['(876) 555.1234', '8765551234'],
    ['Phone: +1 876 555 1234', '18765551234'],
    ['+1 876 555 1234 ext. 5', '18765551234'],
    ['tel:+1-876-555-1234;ext=5', '18765551234'],
    ['+1 876 555 1234 x5', '18765551234'],
    ['+1 876 555 1234,,5#', '18765551234'],
  ])('is read from %s', (text, digits) => {
    expect(readDigits(text)).toBe(digits);
  });

  it('with one leading zero is of the chosen country', () => {
    expect(readDigits('020 7946 0958', 'GB')).toBe('442079460958');
    expect(readDigits('020 7946 0958')).toBe('02079460958');
  });

  it('is formatted as it is typed', () => {
    expect(formatDigits('18765551234')).toBe('+1 876 555 1234');
    expect(formatDigits('442079')).toBe('+44 20 79');
    expect(formatDigits('020')).toBe('020');
    expect(formatDigits('')).toBe('');
  });

  it('is complete, short or long', () => {
    expect(
      ['', '1876555', '18765551234', '187655512345678', '9'.repeat(16)].map((digits) => stateOf(digits)),
    ).toEqual(['empty', 'short', 'complete', 'long', 'long']);
  });

  it('of an emergency service is known, with and without the calling code', () => {
    expect(stateOf('911')).toBe('emergency');
    expect(stateOf('112')).toBe('emergency');
    expect(stateOf(readDigits('000'))).toBe('emergency');
    expect(stateOf('44999', '44')).toBe('emergency');
    expect(stateOf('3315', '33')).toBe('emergency');
    expect(stateOf('4415', '44')).toBe('short');
    expect(stateOf('442079460999', '44')).toBe('complete');
  });
});

describe('the country of a number', () => {
  const codes = new CallingCodes(COUNTRIES);
  it.each([
    ['1', 'US'],
    ['18', 'US'],
    ['1876', 'JM'],
    ['18765551234', 'JM'],
    ['1242', 'BS'],
    ['242', 'CG'],
    ['44', 'GB'],
    ['442079460958', 'GB'],
    ['441481', 'GG'],
  ])('that begins with %s', (digits, iso) => {
    expect(codes.find(digits)?.country.isoCountry).toBe(iso);
  });

  it('is not known of other digits', () => {
    expect(codes.find('999')).toBeNull();
    expect(codes.find('')).toBeNull();
  });
});

describe('the search for a country', () => {
  const search = new CountrySearch(COUNTRIES, (one) =>
    one.isoCountry === 'CI' ? 'Elfenbeinküste' : one.country,
  );
  const found = (query: string) => search.find(query).map(({ isoCountry }) => isoCountry);
  it.each([
    ['jam', ['JM']],
    ['cote', ['CI']],
    ['elfenbeinkuste', ['CI']],
    ['gb', ['GB']],
    ['united', ['GB', 'US']],
    ['+1876', ['CA', 'JM', 'US']],
    ['1242', ['BS', 'CA', 'US']],
    ['00242', ['CG']],
    ['zz', []],
  ])('for %s', (query, isos) => {
    expect(found(query).sort()).toEqual([...isos].sort());
  });

  it('puts first what begins with the words', () => {
    expect(found('u')).toEqual(['GB', 'US', 'CI', 'GG']);
  });

  it('is done within a frame, for all the countries of the world', () => {
    const world = new CountrySearch(
      Array.from({ length: 250 }, (_, n) => country(`${n}`, `Country ${n}`, `+${n}`)),
      (one) => one.country,
    );
    const begin = performance.now();
    for (const query of ['c', 'co', 'cou', 'count', 'country 7']) world.find(query);
    expect((performance.now() - begin) / 5).toBeLessThan(16);
  });
});
