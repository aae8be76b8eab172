import { useState, type FormEvent } from 'react';
import type { Messages } from '../i18n/index.ts';
import type { Session, SignIn, SignInFault } from './session.ts';

interface FormProps {
  signIn: SignIn;
  messages: Messages;
  onSession(session: Session): void;
}

function PasswordForm({ signIn, messages, onSession }: FormProps) {
  const { signIn: texts } = messages;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<SignInFault | null>(null);
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    setFault(null);
    const answer = await signIn
      .withPassword(String(given.get('email')), String(given.get('password')))
      .catch((): SignInFault => 'away');
    if (typeof answer !== 'string') return onSession(answer);
    setFault(answer);
    setBusy(false);
  }
  return (
    <form className="wt-stack" onSubmit={submit}>
      <label className="wt-field">
        <span>{texts.email}</span>
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label className="wt-field">
        <span>{texts.password}</span>
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      {fault && <p role="alert">{texts[fault]}</p>}
      <button className="wt-button" disabled={busy}>
        {busy ? texts.submitting : texts.submit}
      </button>
    </form>
  );
}

interface SignInPageProps extends Omit<FormProps, 'signIn'> {
  signIn: SignIn | null;
  expired: boolean;
}

export function SignInPage({ signIn, expired, ...props }: SignInPageProps) {
  const { signIn: texts, app } = props.messages;
  return (
    <main className="wt wt-sign-in">
      <p className="wt-brand">{app}</p>
      <h1>{texts.title}</h1>
      <p className="wt-quiet">{texts.text}</p>
      {expired && <p role="alert">{texts.expired}</p>}
      {signIn ? <PasswordForm signIn={signIn} {...props} /> : <p>{texts.noToken}</p>}
    </main>
  );
}
