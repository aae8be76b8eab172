import * as Ariakit from '@ariakit/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { CallRecord } from '../api/types.ts';
import type { Country } from '../numbers/countries.ts';
import { usePhone, usePhoneState, useTwilio, useWords } from '../react/provider.tsx';
import { useCountries, type Countries } from '../react/use-countries.ts';
import { usePages } from '../react/use-pages.ts';
import { Account } from './account.tsx';
import { Icon, type IconName } from './icon.tsx';
import { Recents } from './recents.tsx';
import { Stage } from './stage.tsx';
import { useNumber } from './use-number.ts';

const CALLS_PAGE = 50;
const RECENT_COUNTRIES = 5;
const keyOf = ({ callId }: CallRecord) => callId;

function useCalls() {
  const { api } = usePhone();
  const { booksVersion } = usePhoneState();
  const fetchPage = useCallback(
    async (before: string | null) => {
      const { calls, nextBefore } = await api.calls(CALLS_PAGE, before);
      return { items: calls, next: nextBefore };
    },
    [api],
  );
  return usePages(fetchPage, keyOf, booksVersion);
}

/** The country called last, then those called most. */
function recentCountries(calls: CallRecord[], { find }: Countries): Country[] {
  const times = new Map<string, number>();
  for (const { isoCountry } of calls) if (isoCountry) times.set(isoCountry, (times.get(isoCountry) ?? 0) + 1);
  const [last] = times.keys();
  return [...times]
    .sort(([a, m], [b, n]) => Number(b === last) - Number(a === last) || n - m)
    .slice(0, RECENT_COUNTRIES)
    .flatMap(([iso]) => find(iso) ?? []);
}

function BalanceChip({ onOpen }: { onOpen(): void }) {
  const { funds, live } = usePhoneState();
  const { messages, money, time } = useWords();
  const { balance } = messages;
  const stale = live === 'waiting' || live === 'unauthorized';
  return (
    <button type="button" className="wt-balance wt-figures" onClick={onOpen}>
      {funds ? <span>{money(funds.balance)}</span> : <span className="wt-skeleton wt-skeleton-amount" />}
      {funds && stale && <span className="wt-quiet">{balance.asOf(time(funds.at))}</span>}
      <span className="wt-hidden">{funds ? balance.chip(money(funds.balance)) : balance.unknown}</span>
    </button>
  );
}

function NavTab({ id, icon, label }: { id: string; icon: IconName; label: string }) {
  return (
    <Ariakit.Tab id={id} className={`wt-tab wt-tab-${id}`}>
      <Icon name={icon} />
      <span>{label}</span>
    </Ariakit.Tab>
  );
}

export interface DialerProps {
  /** Stands in the account's page, such as a choice of language. */
  extra?: ReactNode;
}

/** The whole dialer: keypad and calls, recents, account. */
export function Dialer({ extra }: DialerProps) {
  const { messages } = useWords();
  const { nav } = messages;
  const { call, dial } = useTwilio();
  const countries = useCountries();
  const number = useNumber(countries);
  const calls = useCalls();
  const [tab, setTab] = useState<string>('keypad');
  const recent = useMemo(() => recentCountries(calls.items, countries), [calls.items, countries]);
  const field = useRef<HTMLInputElement>(null);
  const { write } = number;

  // A call that begins is seen wherever its caller was.
  useEffect(() => {
    if (call) setTab('keypad');
  }, [call !== null]);

  const callAgain = (e164: string) => {
    write(e164);
    setTab('keypad');
    dial(e164);
  };

  return (
    <div className="wt wt-dialer" data-tab={tab}>
      <Ariakit.TabProvider selectedId={tab} setSelectedId={(id) => id && setTab(id)}>
        <header className="wt-head">
          <h1 className="wt-brand">{messages.app}</h1>
          <BalanceChip onOpen={() => setTab(tab === 'account' ? 'keypad' : 'account')} />
        </header>
        <main className="wt-main">
          <Ariakit.TabPanel tabId="recents" className="wt-panel wt-panel-recents" alwaysVisible>
            <Recents calls={calls} onCall={callAgain} />
          </Ariakit.TabPanel>
          <Ariakit.TabPanel
            tabId="keypad"
            className="wt-panel wt-panel-keypad"
            alwaysVisible
            focusable={false}
          >
            <Stage number={number} countries={countries} recent={recent} field={field} />
          </Ariakit.TabPanel>
          <Ariakit.TabPanel tabId="account" className="wt-panel wt-panel-account" unmountOnHide>
            <Account calls={calls.items} extra={extra} />
          </Ariakit.TabPanel>
        </main>
        <nav className="wt-nav" aria-label={nav.label}>
          <Ariakit.TabList className="wt-tabs" aria-label={nav.label}>
            <NavTab id="keypad" icon="keypad" label={nav.keypad} />
            <NavTab id="recents" icon="clock" label={nav.recents} />
            <NavTab id="account" icon="person" label={nav.account} />
          </Ariakit.TabList>
        </nav>
      </Ariakit.TabProvider>
    </div>
  );
}
