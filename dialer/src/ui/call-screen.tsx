import { useEffect, useState } from 'react';
import { costOf, runningSeconds, secondsToNextStep } from '../money/billing.ts';
import type { Micros } from '../money/money.ts';
import { useTwilio, useWords } from '../react/provider.tsx';
import { clock, type Words } from '../i18n/words.ts';
import type { ActiveCall } from '../phone/state.ts';
import type { LiveState } from '../live/live.ts';
import { Icon, type IconName } from './icon.tsx';
import { problemText } from './problem-bar.tsx';
import { SoundSheet } from './sound-sheet.tsx';

const LAST_MINUTE = 60;
const LOW_SECONDS = 180;
const RADIUS = 96;
const ROUND = 2 * Math.PI * RADIUS;

/** Warnings of the SDK that a caller hears, in the order of their weight. */
const HEARD: [RegExp, 'poor' | 'noInput' | 'oneSided'][] = [
  [/^(high-packet-loss|high-packets-lost-fraction|high-jitter|low-mos|high-rtt)$/, 'poor'],
  [/^low-bytes-received$/, 'oneSided'],
  [/^constant-audio-input-level$/, 'noInput'],
];

/** What the call has cost by now. The relay's word counts once it goes beyond what the steps say. */
export function costByNow({ price, cost }: ActiveCall, seconds: number, answered: boolean): Micros | null {
  if (!answered) return 0n;
  const computed = price && costOf(price, runningSeconds(seconds));
  return computed === null || (cost !== null && cost > computed) ? cost : computed;
}

interface CallMoneyProps {
  call: ActiveCall;
  /** The country's name. */
  where: string;
}

function MoneyLine({ call, seconds, where }: CallMoneyProps & { seconds: number }) {
  const { messages, money, span } = useWords();
  const answered = call.answeredAt !== null;
  const cost = costByNow(call, seconds, answered);
  const left = call.maxSeconds === null ? null : call.maxSeconds - seconds;
  const next = call.price && secondsToNextStep(call.price, seconds);
  const hasNext = answered && next && (left === null || next < left);
  return (
    <>
      <p className="wt-price-main wt-figures">
        {[where, cost !== null && messages.call.soFar(money(cost))].filter(Boolean).join(' · ')}
      </p>
      <p className="wt-price-more wt-figures">
        {[
          hasNext && messages.call.nextStep(clock(next)),
          left !== null && messages.call.left(left < LAST_MINUTE * 2 ? clock(left) : span(left)),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </>
  );
}

/** In the call screen's place of the price line. */
export function CallMoney(props: CallMoneyProps) {
  const { duration } = useTwilio();
  return (
    <div className="wt-price">
      <MoneyLine {...props} seconds={duration} />
    </div>
  );
}

function Ring({ call, seconds }: { call: ActiveCall; seconds: number }) {
  const { call: texts } = useWords().messages;
  const answered = call.answeredAt !== null;
  const left = call.maxSeconds === null ? null : Math.max(0, call.maxSeconds - seconds);
  const share = left === null || !call.maxSeconds ? 1 : left / call.maxSeconds;
  const low = answered && left !== null && (left <= LOW_SECONDS || call.lowCredit);
  const state = call.reconnecting ? texts.reconnecting : texts.phase[call.phase];
  return (
    <div className="wt-ring" data-phase={call.phase} data-low={low || undefined}>
      <svg viewBox="0 0 208 208" aria-hidden="true" focusable="false">
        <circle className="wt-ring-track" cx="104" cy="104" r={RADIUS} />
        <circle
          className="wt-ring-left"
          cx="104"
          cy="104"
          r={RADIUS}
          strokeDasharray={ROUND}
          strokeDashoffset={ROUND * (1 - share)}
        />
      </svg>
      <div className="wt-ring-text">
        <p className="wt-state">{state}</p>
        <p className="wt-timer wt-figures" role="timer" aria-label={texts.timer} aria-live="off">
          {clock(seconds)}
        </p>
        {!call.here && <p className="wt-quiet">{texts.elsewhere}</p>}
      </div>
    </div>
  );
}

interface ControlProps {
  icon: IconName;
  label: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick(): void;
}

function Control({ icon, label, pressed, disabled, onClick }: ControlProps) {
  return (
    <button type="button" className="wt-control" aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <span className="wt-control-face">
        <Icon name={icon} />
      </span>
      <span className="wt-control-label">{label}</span>
    </button>
  );
}

/** What a caller is told once, in words: the weightiest thing of those that are so. */
export function notice(
  call: ActiveCall,
  live: LiveState,
  left: number | null,
  { messages, span }: Words,
): string {
  const { call: texts } = messages;
  if (call.reconnecting) return texts.networkLost;
  if (call.answeredAt !== null && left !== null && left <= LAST_MINUTE) return texts.lastMinute(clock(left));
  const heard = HEARD.find(([names]) => call.warnings.some((warning) => names.test(warning)));
  if (heard) return texts[heard[1]];
  if (call.answeredAt !== null && left !== null && (left <= LOW_SECONDS || call.lowCredit))
    return texts.lowCredit(left < LAST_MINUTE * 2 ? clock(left) : span(left));
  return live === 'waiting' ? texts.relayAway : '';
}

/** The same, but with figures that stand still, for who listens: it is said once, not each second. */
function useAnnouncement(call: ActiveCall, live: LiveState, left: number | null): string {
  const words = useWords();
  const { call: texts } = words.messages;
  const low = call.answeredAt !== null && left !== null;
  const level = low && left <= LAST_MINUTE ? 2 : low && (left <= LOW_SECONDS || call.lowCredit) ? 1 : 0;
  const [atLevel, setAtLevel] = useState<{ level: number; text: string }>({ level: 0, text: '' });
  useEffect(() => {
    setAtLevel({ level, text: level > 0 ? notice(call, live, left, words) : '' });
    // Only a new level is told.
  }, [level]);
  const state = call.reconnecting ? texts.reconnecting : texts.phase[call.phase];
  return [state, atLevel.text].filter(Boolean).join('. ');
}

export function CallScreen({ call, onKeypad }: { call: ActiveCall; onKeypad(): void }) {
  const { duration, mute, live, problem } = useTwilio();
  const words = useWords();
  const { call: texts } = words.messages;
  const [sound, setSound] = useState(false);
  const left = call.maxSeconds === null ? null : Math.max(0, call.maxSeconds - duration);
  const failure = problem ? problemText(problem, words) : '';
  const text = notice(call, live, left, words) || failure;
  return (
    <div className="wt-call">
      <p className="wt-notice" data-empty={text === '' || undefined}>
        {text}
      </p>
      <p className="wt-hidden" role="alert">
        {failure}
      </p>
      <p className="wt-hidden" role="status">
        {useAnnouncement(call, live, left)}
      </p>
      <Ring call={call} seconds={duration} />
      <div className="wt-controls">
        <Control
          icon={call.muted ? 'micOff' : 'mic'}
          label={call.muted ? texts.muted : texts.mute}
          pressed={call.muted}
          onClick={() => mute(!call.muted)}
        />
        <Control icon="keypad" label={texts.keypad} disabled={!call.here} onClick={onKeypad} />
        <Control icon="sound" label={texts.sound} disabled={!call.here} onClick={() => setSound(true)} />
      </div>
      <SoundSheet open={sound} onClose={() => setSound(false)} />
    </div>
  );
}
