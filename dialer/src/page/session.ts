/**
 * Who is signed in. Either the address brought a token (`make run` prints one), or Supabase Auth keeps a session, which
 * it renews by itself.
 */
import type { AuthError, SupabaseClient } from '@supabase/supabase-js';
import type { TokenSource } from '../api/client.ts';
import type { Config } from '../api/types.ts';
import { keptForTab } from '../phone/storage.ts';

const KEY = 'worldtune.token';

export interface Session {
  token: TokenSource;
  signOut(): Promise<void>;
}

const tokenOfAddress = () => new URLSearchParams(location.hash.slice(1)).get('token');

/** An address with a token, opened where the page is already, signs in as well: the browser loads nothing by itself. */
export function watchAddress(): void {
  addEventListener('hashchange', () => tokenOfAddress() && location.reload());
}

/** The token leaves the address bar at once, so that it is neither copied nor kept in the history. */
export function takeToken(): string | null {
  const token = tokenOfAddress();
  if (token) {
    keptForTab.set(KEY, token);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return keptForTab.get(KEY);
}

function tokenSession(token: string): Session {
  return {
    token: async () => token,
    async signOut() {
      keptForTab.set(KEY, null);
    },
  };
}

const supabaseSession = (client: SupabaseClient): Session => ({
  token: async () => (await client.auth.getSession()).data.session?.access_token ?? null,
  async signOut() {
    await client.auth.signOut();
  },
});

/** Why nobody was signed in: the names of the sentences that say so. */
export type SignInFault = 'wrong' | 'unconfirmed' | 'tooOften' | 'away';

export interface SignIn {
  /** The session that there is already; null when nobody is signed in. */
  find(): Promise<Session | null>;
  withPassword(email: string, password: string): Promise<Session | SignInFault>;
}

/** Supabase Auth answers 400 to credentials that do not fit, and has no status where it was not reached. */
function faultOf(error: AuthError | null): SignInFault {
  if (error?.code === 'email_not_confirmed') return 'unconfirmed';
  if (error?.status === 429) return 'tooOften';
  return error?.status && error.status < 500 ? 'wrong' : 'away';
}

/** Sign-in by Supabase Auth; its library is loaded here alone. */
async function supabaseSignIn(url: string, anonKey: string): Promise<SignIn> {
  const { createClient } = await import('@supabase/supabase-js');
  const client = createClient(url, anonKey);
  return {
    async find() {
      return (await client.auth.getSession()).data.session ? supabaseSession(client) : null;
    },
    async withPassword(email, password) {
      const { data, error } = await client.auth.signInWithPassword({ email, password });
      return data.session ? supabaseSession(client) : faultOf(error);
    },
  };
}

/** Null where no Supabase Auth is set up: then the address signs in. */
export async function signInFor({ supabaseUrl, supabaseAnonKey }: Config): Promise<SignIn | null> {
  return supabaseUrl && supabaseAnonKey ? supabaseSignIn(supabaseUrl, supabaseAnonKey) : null;
}

export async function findSession(signIn: SignIn | null): Promise<Session | null> {
  const token = takeToken();
  return token ? tokenSession(token) : (signIn?.find() ?? null);
}
