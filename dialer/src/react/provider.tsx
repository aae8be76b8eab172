/** The dialer's context: one Phone for the signed-in user, its state, its language. */
import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { TokenSource } from '../api/client.ts';
import type { Config, CreditCheck } from '../api/types.ts';
import { en, type Messages } from '../i18n/index.ts';
import { wordsFor, type Words } from '../i18n/words.ts';
import { Phone, type Parts } from '../phone/phone.ts';
import { EMPTY, talkedSeconds, type ActiveCall, type PhoneState } from '../phone/state.ts';
import { useSeconds } from './use-seconds.ts';

export interface TwilioProviderProps {
  /** The relay's URL; the page's own by default. */
  relay?: string;
  /** Answers the user's Supabase JWT, in force, or null when nobody is signed in any more. */
  token: TokenSource;
  /** What GET /api/config answers. */
  config: Config;
  /** BCP 47, for amounts, times and names of countries. */
  locale?: string;
  messages?: Messages;
  /** The URL of an SVG file with a symbol for each ISO country; see flags.ts. Without it there are no flags. */
  flags?: string;
  /** Called when the caller wants to add credit or sign in again, or signs out. */
  onTopUp?: (() => void) | undefined;
  onSignIn?: (() => void) | undefined;
  onSignOut?: (() => void) | undefined;
  parts?: Partial<Parts>;
  children: ReactNode;
}

interface Surroundings {
  phone: Phone;
  words: Words;
  flags: string | null;
  onTopUp: (() => void) | null;
  onSignIn: (() => void) | null;
  onSignOut: (() => void) | null;
}

const Context = createContext<Surroundings | null>(null);

export function TwilioProvider(props: TwilioProviderProps) {
  const { relay = '', token, config, parts, locale = 'en', messages = en, children } = props;
  const { flags = null, onTopUp = null, onSignIn = null, onSignOut = null } = props;
  // One phone for the life of the provider: another user gets another provider, by its key.
  const [phone] = useState(() => new Phone({ relay, token, config, ...(parts && { parts }) }));
  useEffect(() => {
    phone.start();
    return () => phone.stop();
  }, [phone]);
  const words = useMemo(() => wordsFor(locale, messages), [locale, messages]);
  const surroundings = useMemo(
    () => ({ phone, words, flags, onTopUp, onSignIn, onSignOut }),
    [phone, words, flags, onTopUp, onSignIn, onSignOut],
  );
  return <Context.Provider value={surroundings}>{children}</Context.Provider>;
}

export function useSurroundings(): Surroundings {
  const surroundings = useContext(Context);
  if (!surroundings) throw new Error('useTwilio must be used within a TwilioProvider');
  return surroundings;
}

export const useWords = () => useSurroundings().words;
export const useMessages = () => useWords().messages;
export const usePhone = () => useSurroundings().phone;

const empty = () => EMPTY;

export function usePhoneState(): PhoneState {
  const { phone } = useSurroundings();
  return useSyncExternalStore(phone.subscribe, () => phone.state, empty);
}

export type CallStatusName = 'idle' | 'connecting' | 'ringing' | 'talking' | 'ending' | 'ended';

export interface Twilio extends PhoneState {
  status: CallStatusName;
  /** Whole seconds since the far end answered. */
  duration: number;
  /** Calls a number in E.164. `check` is what GET /api/credits/check just said of it, if it was asked. */
  dial(number: string, check?: CreditCheck): Promise<void>;
  hangUp(): void;
  mute(muted: boolean): void;
  sendDigits(digits: string): void;
  /** Clears what the last call left: its end, its problem. */
  dismiss(): void;
  /** Loads the Voice SDK and a token, so that the next call begins at once. */
  prepare(): void;
}

const statusOf = (call: ActiveCall | null, over: boolean): CallStatusName =>
  call ? call.phase : over ? 'ended' : 'idle';

/** The state of the dialer, and what can be done with it. */
export function useTwilio(): Twilio {
  const phone = usePhone();
  const state = usePhoneState();
  const now = useSeconds(state.call?.answeredAt ?? null);
  return {
    ...state,
    status: statusOf(state.call, state.ended !== null),
    duration: state.call ? Math.floor(talkedSeconds(state.call, now)) : 0,
    dial: phone.dial,
    hangUp: phone.hangUp,
    mute: phone.mute,
    sendDigits: phone.sendDigits,
    dismiss: phone.dismiss,
    prepare: () => void phone.voice.prepare().catch(() => {}),
  };
}
