import * as Ariakit from '@ariakit/react';
import { useEffect, useMemo, useState, type KeyboardEvent, type RefObject } from 'react';
import type { Country } from '../numbers/countries.ts';
import type { Countries } from '../react/use-countries.ts';
import type { Words } from '../i18n/words.ts';
import { useWords } from '../react/provider.tsx';
import { Flag } from './flag.tsx';
import { Icon } from './icon.tsx';
import { Sheet } from './sheet.tsx';
import { useNear } from './use-near.ts';

/** So many rows are drawn at first, and then as many again whenever the end comes near. */
const ROWS = 24;
const CODES_SHOWN = 3;

/** "$0.31", or where networks differ "$0.14–0.31". */
export function priceOfCountry({ rateMin, rateMax }: Country, { money }: Words): string {
  return rateMin === rateMax ? money(rateMin) : `${money(rateMin)} – ${money(rateMax)}`;
}

function Row({
  country,
  words,
  onChoose,
}: {
  country: Country;
  words: Words;
  onChoose(country: Country): void;
}) {
  const { isoCountry, callingCodes } = country;
  return (
    <Ariakit.ComboboxItem
      className="wt-country"
      value={isoCountry}
      setValueOnClick={false}
      onClick={() => onChoose(country)}
    >
      <Flag iso={isoCountry} />
      <span className="wt-row-who">
        <span className="wt-country-name">{words.place(isoCountry, country.country)}</span>
        <span className="wt-country-code" dir="ltr">
          {callingCodes.slice(0, CODES_SHOWN).join(' ')}
        </span>
      </span>
      <span className="wt-country-price">{priceOfCountry(country, words)}</span>
    </Ariakit.ComboboxItem>
  );
}

interface ListProps {
  countries: Countries;
  recent: Country[];
  query: string;
  found: Country[];
  onChoose(country: Country): void;
}

function List({ countries, recent, query, found, onChoose }: ListProps) {
  const words = useWords();
  const { countries: texts } = words.messages;
  const [rows, setRows] = useState(ROWS);
  const end = useNear(() => setRows((known) => known + 2 * ROWS), rows);
  useEffect(() => setRows(ROWS), [query]);
  const others = query === '' ? found.filter((country) => !recent.includes(country)) : found;

  if (countries.list.length === 0) return <p className="wt-quiet wt-pad">{texts.away}</p>;
  if (found.length === 0) return <p className="wt-quiet wt-pad">{texts.none(query)}</p>;
  return (
    <>
      {query === '' && recent.length > 0 && (
        <Ariakit.ComboboxGroup className="wt-group">
          <Ariakit.ComboboxGroupLabel className="wt-group-label">{texts.recent}</Ariakit.ComboboxGroupLabel>
          {recent.map((country) => (
            <Row key={country.isoCountry} country={country} words={words} onChoose={onChoose} />
          ))}
        </Ariakit.ComboboxGroup>
      )}
      <Ariakit.ComboboxGroup className="wt-group">
        <Ariakit.ComboboxGroupLabel className="wt-group-label">
          {query === '' ? texts.all : texts.count(found.length)}
        </Ariakit.ComboboxGroupLabel>
        {others.slice(0, rows).map((country) => (
          <Row key={country.isoCountry} country={country} words={words} onChoose={onChoose} />
        ))}
      </Ariakit.ComboboxGroup>
      {rows < others.length && <div ref={end} className="wt-more" />}
    </>
  );
}

interface CountrySheetProps {
  open: boolean;
  /** What is looked for at first. */
  start: string;
  countries: Countries;
  recent: Country[];
  field: RefObject<HTMLInputElement | null>;
  onChoose(country: Country): void;
  onClose(): void;
}

export function CountrySheet({
  open,
  start,
  countries,
  recent,
  field,
  onChoose,
  onClose,
}: CountrySheetProps) {
  const { countries: texts } = useWords().messages;
  const [query, setQuery] = useState(start);
  const found = useMemo(() => (open ? countries.search().find(query) : []), [open, countries, query]);
  // What was typed before the list was open has selected nothing yet.
  const press = ({ key, currentTarget }: KeyboardEvent<HTMLInputElement>) => {
    const [first] = found;
    if (key === 'Enter' && first && !currentTarget.hasAttribute('aria-activedescendant')) onChoose(first);
  };
  useEffect(() => {
    if (open) setQuery(start);
  }, [open, start]);
  const search = (
    <div className="wt-search">
      <Icon name="search" size={20} />
      <Ariakit.Combobox
        onKeyDown={press}
        className="wt-search-text"
        aria-label={texts.search}
        placeholder={texts.search}
        autoFocus
        autoSelect
        autoComplete="off"
      />
    </div>
  );
  return (
    <Ariakit.ComboboxProvider value={query} setValue={setQuery} open={open} resetValueOnHide={false}>
      <Sheet
        open={open}
        onClose={onClose}
        title={texts.title}
        close={texts.close}
        head={search}
        after={field}
        tall
      >
        <Ariakit.ComboboxList className="wt-list" aria-label={texts.all} alwaysVisible>
          <List countries={countries} recent={recent} query={query} found={found} onChoose={onChoose} />
        </Ariakit.ComboboxList>
      </Sheet>
    </Ariakit.ComboboxProvider>
  );
}
