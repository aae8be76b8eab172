import flags from 'virtual:flags';
import type { ReactNode } from 'react';
import type { Config } from '../api/types.ts';
import type { Messages } from '../i18n/index.ts';
import { TwilioProvider } from '../react/provider.tsx';
import { Dialer } from '../ui/dialer.tsx';
import type { Session } from './session.ts';

interface SignedInProps {
  session: Session;
  config: Config;
  locale: string;
  messages: Messages;
  extra: ReactNode;
  onLeave(because: 'expired' | 'asked'): void;
}

export default function SignedIn({ session, config, locale, messages, extra, onLeave }: SignedInProps) {
  const { topUpUrl } = config;
  return (
    <TwilioProvider
      token={session.token}
      config={config}
      locale={locale}
      messages={messages}
      flags={flags}
      onTopUp={topUpUrl ? () => location.assign(topUpUrl) : undefined}
      onSignIn={() => onLeave('expired')}
      onSignOut={() => onLeave('asked')}
    >
      <Dialer extra={extra} />
    </TwilioProvider>
  );
}
