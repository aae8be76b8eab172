/** The stand-alone page: configuration, sign-in, language, and then the dialer. */
import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Api } from '../api/client.ts';
import type { Config } from '../api/types.ts';
import {
  chooseLanguage,
  directionOf,
  en,
  isLanguage,
  loadMessages,
  type Language,
  type Messages,
} from '../i18n/index.ts';
import { keptForBrowser } from '../phone/storage.ts';
import { LanguageChoice } from './language.tsx';
import { findSession, signInFor, takeToken, watchAddress, type Session, type SignIn } from './session.ts';
import { SignInPage } from './sign-in.tsx';

const LANGUAGE_KEY = 'worldtune.language';
const RETRY_MS = 2000;

const loadSignedIn = () => import('./signed-in.tsx');
const SignedIn = lazy(loadSignedIn);

function storedLanguage(): Language {
  const stored = keptForBrowser.get(LANGUAGE_KEY) ?? '';
  return isLanguage(stored) ? stored : chooseLanguage(navigator.languages);
}

/** The words of the language, once they are loaded; the page says which language it is in. */
function useLanguage() {
  const [language, setLanguage] = useState(storedLanguage);
  const [messages, setMessages] = useState<Messages>(en);
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = directionOf(language);
    loadMessages(language).then(setMessages);
  }, [language]);
  const choose = (chosen: Language) => {
    keptForBrowser.set(LANGUAGE_KEY, chosen);
    setLanguage(chosen);
  };
  return { language, messages, choose };
}

interface Start {
  config: Config;
  signIn: SignIn | null;
}

const publicApi = new Api('', async () => null);

/** What the relay says of itself; asked again until it answers. */
function useStart(onSession: (session: Session | null) => void) {
  const [start, setStart] = useState<Start | null>(null);
  const [away, setAway] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const load = async () => {
      try {
        const config = await publicApi.config();
        const signIn = await signInFor(config);
        onSession(await findSession(signIn));
        setStart({ config, signIn });
      } catch {
        setAway(true);
        timer = setTimeout(load, RETRY_MS);
      }
    };
    // Whoever brings a token will see the dialer: it is fetched while the relay answers.
    if (takeToken()) loadSignedIn();
    load();
    return () => clearTimeout(timer);
  }, []);
  return { start, away };
}

function Page() {
  const { language, messages, choose } = useLanguage();
  const [session, setSession] = useState<Session | null>(null);
  const [expired, setExpired] = useState(false);
  const { start, away } = useStart(setSession);

  const leave = async (because: 'expired' | 'asked') => {
    await session?.signOut();
    setExpired(because === 'expired');
    setSession(null);
  };

  if (!start)
    return (
      <p className="wt wt-wait" role="status">
        {away && messages.offline}
      </p>
    );
  if (!session)
    return <SignInPage signIn={start.signIn} expired={expired} messages={messages} onSession={setSession} />;
  return (
    <Suspense fallback={<p className="wt wt-wait" />}>
      <SignedIn
        session={session}
        config={start.config}
        locale={language}
        messages={messages}
        onLeave={leave}
        extra={<LanguageChoice language={language} messages={messages} onChoose={choose} />}
      />
    </Suspense>
  );
}

watchAddress();
createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
