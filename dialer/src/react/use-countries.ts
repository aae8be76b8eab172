import { useEffect, useMemo, useState } from 'react';
import { CallingCodes, CountrySearch, type Country } from '../numbers/countries.ts';
import { usePhone, useWords } from './provider.tsx';

const RETRY_MS = 3000;

export interface Countries {
  list: Country[];
  codes: CallingCodes;
  /** The search, which is made when it is first wanted. */
  search(): CountrySearch;
  find(iso: string | null): Country | null;
}

function useList(): Country[] {
  const phone = usePhone();
  const [list, setList] = useState<Country[]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    const load = () =>
      phone.api.countries().then(
        (countries) => gone || setList(countries),
        () => gone || (timer = setTimeout(load, RETRY_MS)),
      );
    load();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [phone]);
  return list;
}

/** The countries that can be called; empty until the relay has told them. */
export function useCountries(): Countries {
  const list = useList();
  const { place } = useWords();
  return useMemo(() => {
    let search: CountrySearch | null = null;
    const byIso = new Map(list.map((country) => [country.isoCountry, country]));
    return {
      list,
      codes: new CallingCodes(list),
      search: () =>
        (search ??= new CountrySearch(list, ({ isoCountry, country }) => place(isoCountry, country))),
      find: (iso) => (iso && byIso.get(iso)) || null,
    };
  }, [list, place]);
}
