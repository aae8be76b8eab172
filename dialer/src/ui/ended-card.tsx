import * as Ariakit from '@ariakit/react';
import { useState } from 'react';
import { usePhone, useWords } from '../react/provider.tsx';
import { clock } from '../i18n/words.ts';
import type { EndedCall } from '../phone/state.ts';
import { Icon } from './icon.tsx';
import { ReceiptSheet } from './receipt-sheet.tsx';

const STARS = [1, 2, 3, 4, 5];
/** From here on nothing was wrong. */
const GOOD = 4;

function Rating({ callSid }: { callSid: string }) {
  const { quality } = usePhone();
  const { ended: texts } = useWords().messages;
  const [rating, setRating] = useState(0);
  const [issues, setIssues] = useState<string[]>([]);
  const rate = (stars: number, wrong: string[]) => {
    setRating(stars);
    setIssues(wrong);
    quality.rate(callSid, stars, wrong);
  };
  const toggle = (issue: string) =>
    rate(rating, issues.includes(issue) ? issues.filter((one) => one !== issue) : [...issues, issue]);
  return (
    <div className="wt-rating">
      <Ariakit.RadioProvider
        value={rating || null}
        setValue={(value) => rate(Number(value), Number(value) >= GOOD ? [] : issues)}
      >
        <Ariakit.RadioGroup className="wt-stars" aria-label={texts.rate}>
          <span className="wt-quiet">{texts.rate}</span>
          <span className="wt-stars-row">
            {STARS.map((star) => (
              <label key={star} className="wt-star" data-lit={star <= rating || undefined}>
                <Ariakit.VisuallyHidden>
                  <Ariakit.Radio value={star} aria-label={texts.star(star)} />
                </Ariakit.VisuallyHidden>
                <Icon name="star" />
              </label>
            ))}
          </span>
        </Ariakit.RadioGroup>
      </Ariakit.RadioProvider>
      {rating > 0 && rating < GOOD && (
        <div className="wt-issues">
          {Object.entries(texts.issues).map(([issue, name]) => (
            <button
              key={issue}
              type="button"
              className="wt-chip"
              aria-pressed={issues.includes(issue)}
              onClick={() => toggle(issue)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      <p className="wt-quiet" role="status">
        {rating > 0 && texts.rated}
      </p>
    </div>
  );
}

function Bill({ ended }: { ended: EndedCall }) {
  const { messages, money, span } = useWords();
  const { ended: texts } = messages;
  if (ended.settling) return <p className="wt-quiet">{texts.settling}</p>;
  const { cost, balance, billedSeconds, seconds, status } = ended;
  if (cost === null || (status !== 'completed' && cost === 0n))
    return (
      <p className="wt-quiet">{(texts.text as Record<string, string>)[status] ?? texts.text.completed}</p>
    );
  return (
    <dl className="wt-bill">
      <div>
        <dt>{texts.billed(span(billedSeconds ?? 0), clock(seconds))}</dt>
        <dd className="wt-figures">{money(cost)}</dd>
      </div>
      {balance !== null && (
        <div>
          <dt>{texts.balance}</dt>
          <dd className="wt-figures">{money(balance)}</dd>
        </div>
      )}
    </dl>
  );
}

/** What became of the call and what it cost. It stays until the next thing begins. */
export function EndedCard({ ended, onDone }: { ended: EndedCall; onDone(): void }) {
  const { messages } = useWords();
  const { ended: texts } = messages;
  const [receipt, setReceipt] = useState(false);
  const key = ended.callSid ?? ended.callId;
  const talked = ended.status === 'completed' && ended.seconds > 0;
  return (
    <section className="wt-card" aria-labelledby="wt-ended-title">
      <div role="status">
        <h2 id="wt-ended-title" className="wt-card-title">
          {texts.title[ended.status]}
        </h2>
        {ended.why === 'time_limit' && <p className="wt-quiet">{texts.cutOff}</p>}
        <Bill ended={ended} />
      </div>
      <div className="wt-card-actions">
        {key && !ended.settling && (
          <button type="button" className="wt-link" onClick={() => setReceipt(true)}>
            {texts.why}
          </button>
        )}
        <button type="button" className="wt-link" onClick={onDone}>
          {texts.done}
        </button>
      </div>
      {talked && ended.callSid && <Rating key={ended.callSid} callSid={ended.callSid} />}
      {key && <ReceiptSheet open={receipt} callKey={key} onClose={() => setReceipt(false)} />}
    </section>
  );
}
