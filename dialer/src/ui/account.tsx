import { useCallback, useState, type ReactNode } from 'react';
import type { CallRecord, LedgerEntry } from '../api/types.ts';
import { parseMoney } from '../money/money.ts';
import { usePhone, usePhoneState, useSurroundings, useWords } from '../react/provider.tsx';
import { usePages } from '../react/use-pages.ts';
import type { Words } from '../i18n/words.ts';
import { Icon } from './icon.tsx';
import { SoundSheet } from './sound-sheet.tsx';
import { useNear } from './use-near.ts';

const PAGE = 30;
const keyOf = ({ entryId }: LedgerEntry) => entryId;

/** "Call to Jamaica", "Top-up": the country is known of calls that the list of calls has. */
function entryText(entry: LedgerEntry, calls: CallRecord[], words: Words): string {
  const { kind } = words.messages.account;
  if (entry.kind !== 'call') return kind[entry.kind];
  const call = calls.find(({ callId }) => callId === entry.callId);
  const where = call && words.place(call.isoCountry, call.country);
  return where ? kind.call(where) : kind.callAlone;
}

function Entry({ entry, calls }: { entry: LedgerEntry; calls: CallRecord[] }) {
  const words = useWords();
  const { account } = words.messages;
  const { createdAt, delta, balanceAfter, note } = entry;
  return (
    <li className="wt-entry">
      <span className="wt-row-who">
        <span>{entryText(entry, calls, words)}</span>
        <span className="wt-quiet">
          {[`${words.day(createdAt)} ${words.time(createdAt)}`, note].filter(Boolean).join(' · ')}
        </span>
      </span>
      <span className="wt-entry-sums">
        <span className="wt-figures" data-gain={parseMoney(delta) > 0n || undefined}>
          {words.money(delta, 'always')}
        </span>
        <span className="wt-quiet wt-figures">{account.balanceAfter(words.money(balanceAfter))}</span>
      </span>
    </li>
  );
}

function Ledger({ calls }: { calls: CallRecord[] }) {
  const { api } = usePhone();
  const { booksVersion } = usePhoneState();
  const { messages } = useWords();
  const fetchPage = useCallback(
    async (before: string | null) => {
      const { entries, nextBefore } = await api.ledger(PAGE, before);
      return { items: entries, next: nextBefore };
    },
    [api],
  );
  const ledger = usePages(fetchPage, keyOf, booksVersion);
  const end = useNear(ledger.loadMore, ledger.items.length);
  return (
    <section aria-labelledby="wt-ledger-title">
      <h3 id="wt-ledger-title" className="wt-group-label">
        {messages.account.ledger}
      </h3>
      <ul className="wt-rows">
        {ledger.items.map((entry) => (
          <Entry key={entry.entryId} entry={entry} calls={calls} />
        ))}
      </ul>
      {ledger.more && <div ref={end} className="wt-more" />}
    </section>
  );
}

function Sums() {
  const { funds } = usePhoneState();
  const { messages, money } = useWords();
  const { account } = messages;
  if (!funds) return <p className="wt-skeleton">{messages.loading}</p>;
  const held = funds.balance - funds.available;
  return (
    <dl className="wt-sums">
      <div className="wt-sum-main">
        <dt>{account.balance}</dt>
        <dd className="wt-figures">{money(funds.balance)}</dd>
      </div>
      {held !== 0n && (
        <>
          <div>
            <dt>{account.held}</dt>
            <dd className="wt-figures">{money(held)}</dd>
          </div>
          <div>
            <dt>{account.available}</dt>
            <dd className="wt-figures">{money(funds.available)}</dd>
          </div>
        </>
      )}
    </dl>
  );
}

interface AccountProps {
  calls: CallRecord[];
  /** The choice of a language, where the page offers one. */
  extra?: ReactNode;
}

export function Account({ calls, extra }: AccountProps) {
  const { onTopUp, onSignOut, words } = useSurroundings();
  const { account } = words.messages;
  const [sound, setSound] = useState(false);
  return (
    <section className="wt-account" aria-labelledby="wt-account-title">
      <h2 id="wt-account-title" className="wt-title">
        {account.title}
      </h2>
      <Sums />
      {onTopUp && (
        <button type="button" className="wt-button" onClick={onTopUp}>
          {account.topUp}
        </button>
      )}
      <div className="wt-settings">
        <button type="button" className="wt-button wt-button-quiet" onClick={() => setSound(true)}>
          <Icon name="sound" size={20} />
          {account.devices}
        </button>
        {extra}
      </div>
      <Ledger calls={calls} />
      {onSignOut && (
        <button type="button" className="wt-button wt-button-quiet" onClick={onSignOut}>
          <Icon name="out" size={20} />
          {account.signOut}
        </button>
      )}
      <SoundSheet open={sound} onClose={() => setSound(false)} />
    </section>
  );
}
