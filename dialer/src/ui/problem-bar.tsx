import { useSurroundings, useTwilio } from '../react/provider.tsx';
import type { Words } from '../i18n/words.ts';
import type { Problem } from '../phone/state.ts';
import { Icon } from './icon.tsx';

const CREDIT = new Set(['insufficient_credit']);
const SESSION = new Set(['session_expired', 'unknown_user']);

/** What went wrong, in words. */
export function problemText({ code }: Problem, { messages }: Words): string {
  const sentences: Record<string, unknown> = { ...messages.problem, ...messages.refusal };
  const text = sentences[code];
  return typeof text === 'string' ? text : messages.problem.unknown;
}

/** What went wrong, in words, with the one thing that helps. */
export function ProblemBar({ problem, onRetry }: { problem: Problem; onRetry: (() => void) | null }) {
  const { words, onTopUp, onSignIn } = useSurroundings();
  const { messages } = words;
  const { dismiss } = useTwilio();
  const { door } = messages;
  const [label, open] =
    CREDIT.has(problem.code) && onTopUp
      ? [door.topUp, onTopUp]
      : SESSION.has(problem.code) && onSignIn
        ? [door.signIn, onSignIn]
        : onRetry
          ? [door.tryAgain, onRetry]
          : [door.callAnother, dismiss];
  return (
    <div className="wt-problem" role="alert">
      <Icon name="warning" size={20} />
      <p>
        {problemText(problem, words)}
        {problem.detail && <small className="wt-detail">{problem.detail}</small>}
      </p>
      <div className="wt-problem-doors">
        <button type="button" className="wt-link" onClick={open}>
          {label}
        </button>
        <button type="button" className="wt-round-button" aria-label={door.dismiss} onClick={dismiss}>
          <Icon name="close" size={18} />
        </button>
      </div>
    </div>
  );
}
