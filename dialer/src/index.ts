/** The dialer's components, for a web application that brings React: README.md. */
export { TwilioProvider, useTwilio } from './react/provider.tsx';
export type { CallStatusName, Twilio, TwilioProviderProps } from './react/provider.tsx';
export { Dialer } from './ui/dialer.tsx';
export type { DialerProps } from './ui/dialer.tsx';
export { Keypad } from './ui/keypad.tsx';
export { Recents } from './ui/recents.tsx';
export { Account } from './ui/account.tsx';
export { Api, ApiError } from './api/client.ts';
export type { TokenSource } from './api/client.ts';
export type { Database } from './api/rpc.ts';
export type * from './api/types.ts';
export { Live } from './live/live.ts';
export type { LiveCall, LiveEvent, LiveReady, LiveState } from './live/live.ts';
export type { ActiveCall, EndedCall, Funds, PhoneState, Problem } from './phone/state.ts';
export { billedSeconds, costOf, readPrice } from './money/billing.ts';
export { formatMoney, parseMoney } from './money/money.ts';
export { chooseLanguage, languageNames, loadMessages } from './i18n/index.ts';
export type { Language, Messages } from './i18n/index.ts';
