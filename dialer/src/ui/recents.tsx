import { useCallback, useEffect, useMemo, useState } from 'react';
import type { CallRecord } from '../api/types.ts';
import { parseMoney } from '../money/money.ts';
import { fold } from '../numbers/countries.ts';
import { formatNumber } from '../numbers/numbers.ts';
import { usePhone, useWords } from '../react/provider.tsx';
import type { Pages } from '../react/use-pages.ts';
import { clock, type Words } from '../i18n/words.ts';
import { Flag } from './flag.tsx';
import { Icon } from './icon.tsx';
import { ReceiptSteps } from './receipt-sheet.tsx';
import { Sheet } from './sheet.tsx';
import { useNear } from './use-near.ts';

/** What a call cost in the end: what was given back is off. */
function costText({ creditsUsed, creditsRefunded }: CallRecord, { messages, money }: Words): string {
  const cost = parseMoney(creditsUsed ?? '0') - parseMoney(creditsRefunded ?? '0');
  return cost === 0n ? messages.recents.free : money(cost);
}

const wasAnswered = ({ status }: CallRecord) => status === 'completed';

function CallRow({
  call,
  onOpen,
  onCall,
}: {
  call: CallRecord;
  onOpen(): void;
  onCall(number: string): void;
}) {
  const words = useWords();
  const { recents } = words.messages;
  const { phoneNumber, isoCountry, country } = call;
  const number = formatNumber(phoneNumber ?? '');
  const answered = wasAnswered(call);
  const refunded = parseMoney(call.creditsRefunded ?? '0');
  return (
    <li className="wt-row">
      <button type="button" className="wt-row-main" onClick={onOpen} aria-haspopup="dialog">
        <Flag iso={isoCountry} />
        <span className="wt-row-who">
          <span className="wt-hidden">{words.place(isoCountry, country)}</span>
          <span className="wt-row-number" dir="ltr">
            {number || words.place(isoCountry, country)}
          </span>
          <span className="wt-quiet">
            {[
              words.time(call.createdAt),
              answered ? clock(call.durationSeconds ?? 0) : recents.status[call.status],
              refunded > 0n && recents.refunded(words.money(refunded)),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
        {answered && <span className="wt-row-cost wt-figures">{costText(call, words)}</span>}
      </button>
      {phoneNumber && !phoneNumber.includes('*') && (
        <button
          type="button"
          className="wt-round-button wt-row-call"
          aria-label={recents.callAgain(number)}
          onClick={() => onCall(phoneNumber)}
        >
          <Icon name="phone" size={20} />
        </button>
      )}
    </li>
  );
}

function Recording({ callSid }: { callSid: string }) {
  const { api } = usePhone();
  const { recents, problem } = useWords().messages;
  const [url, setUrl] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  const load = () => api.recording(callSid).then(setUrl, () => setFailed(true));
  if (failed) return <p role="alert">{problem.unknown}</p>;
  if (url)
    return <audio className="wt-recording" controls autoPlay src={url} aria-label={recents.recording} />;
  return (
    <button type="button" className="wt-chip" onClick={load}>
      <Icon name="play" size={18} />
      {recents.play}
    </button>
  );
}

function Details({ call }: { call: CallRecord }) {
  const { messages } = useWords();
  const { recents } = messages;
  return (
    <div className="wt-pad wt-stack">
      {call.recorded && call.callSid && <Recording callSid={call.callSid} />}
      {call.transcript && (
        <section>
          <h2 className="wt-group-label">{recents.transcript}</h2>
          <p className="wt-transcript">{call.transcript}</p>
        </section>
      )}
      <section>
        <h2 className="wt-group-label">{messages.receipt.title}</h2>
        <ReceiptSteps callKey={call.callSid ?? call.callId} />
      </section>
    </div>
  );
}

/** Calls with the words that each can be found by. */
function useSearch(calls: CallRecord[], query: string): CallRecord[] {
  const words = useWords();
  return useMemo(() => {
    const wanted = fold(query).trim();
    if (wanted === '') return calls;
    const digits = wanted.replace(/\D/g, '');
    return calls.filter(({ phoneNumber, isoCountry, country, status }) => {
      const text = fold(`${words.place(isoCountry, country)} ${words.messages.recents.status[status]}`);
      return text.includes(wanted) || (digits !== '' && (phoneNumber ?? '').includes(digits));
    });
  }, [calls, query, words]);
}

function byDay(calls: CallRecord[], words: Words): [string, CallRecord[]][] {
  const days = new Map<string, CallRecord[]>();
  for (const call of calls) {
    const day = words.day(call.createdAt);
    days.set(day, [...(days.get(day) ?? []), call]);
  }
  return [...days];
}

interface RecentsProps {
  calls: Pages<CallRecord>;
  onCall(number: string): void;
}

function Empty({ calls, query }: { calls: Pages<CallRecord>; query: string }) {
  const { recents, problem } = useWords().messages;
  if (calls.state === 'loading') return <Skeleton />;
  if (calls.state === 'failed') return <p className="wt-quiet wt-pad">{problem.relay_away}</p>;
  return <p className="wt-quiet wt-pad">{query ? recents.nothing(query) : recents.empty}</p>;
}

function Skeleton() {
  return (
    <div className="wt-rows" aria-hidden="true">
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="wt-row wt-skeleton" />
      ))}
    </div>
  );
}

export function Recents({ calls, onCall }: RecentsProps) {
  const words = useWords();
  const { recents, receipt } = words.messages;
  const [query, setQuery] = useState('');
  const [open, setOpen] = useState<CallRecord | null>(null);
  const found = useSearch(calls.items, query);
  const end = useNear(calls.loadMore, `${calls.items.length} ${query}`);
  const close = useCallback(() => setOpen(null), []);
  return (
    <section className="wt-recents" aria-labelledby="wt-recents-title">
      <h2 id="wt-recents-title" className="wt-title">
        {recents.title}
      </h2>
      <div className="wt-search">
        <Icon name="search" size={20} />
        <input
          className="wt-search-text"
          type="search"
          aria-label={recents.search}
          placeholder={recents.search}
          value={query}
          onChange={({ currentTarget }) => setQuery(currentTarget.value)}
        />
      </div>
      {found.length === 0 && !calls.more && <Empty calls={calls} query={query} />}
      {byDay(found, words).map(([day, ofDay]) => (
        <section key={day}>
          <h3 className="wt-group-label">{day}</h3>
          <ul className="wt-rows">
            {ofDay.map((call) => (
              <CallRow key={call.callId} call={call} onOpen={() => setOpen(call)} onCall={onCall} />
            ))}
          </ul>
        </section>
      ))}
      {calls.more && (
        <div ref={end} className="wt-more">
          {recents.more}
        </div>
      )}
      <Sheet
        open={open !== null}
        onClose={close}
        title={open ? formatNumber(open.phoneNumber ?? '') : ''}
        close={receipt.close}
      >
        {open && <Details call={open} />}
      </Sheet>
    </section>
  );
}
