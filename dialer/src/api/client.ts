/** The relay's HTTP interface. Every failure is an ApiError, whose code says what a person is to be told. */
import type { Country } from '../numbers/countries.ts';
import type {
  AccessToken,
  Account,
  CallPage,
  CallQuality,
  Config,
  CreditCheck,
  LedgerPage,
  Receipt,
} from './types.ts';

const PATIENCE_MS = 15_000;

export class ApiError extends Error {
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, code: string, message: string, retryAfterSeconds: number | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The user's token, in force: asked anew before each request. */
export type TokenSource = () => Promise<string | null>;

async function readAnswer<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer as T;
  const wait = Number(response.headers.get('Retry-After'));
  const { code = 'unknown', error = response.statusText } = answer ?? {};
  throw new ApiError(response.status, code, error, wait || null);
}

function query(parameters: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

const call = (sid: string) => `api/calls/${encodeURIComponent(sid)}`;

export class Api {
  #base: string;
  #token: TokenSource;

  /** `base` is the relay's URL; '' for the page's own. */
  constructor(base: string, token: TokenSource) {
    this.#base = base && `${base.replace(/\/+$/, '')}/`;
    this.#token = token;
  }

  async #send(path: string, options: RequestInit = {}): Promise<Response> {
    const token = await this.#token();
    const headers = new Headers(options.headers);
    if (token) headers.set('Authorization', `Bearer ${token}`);
    if (options.body) headers.set('Content-Type', 'application/json');
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, patience]) : patience;
    try {
      return await fetch(this.#base + path, { ...options, headers, signal });
    } catch (error) {
      throw new ApiError(0, 'unreachable', String(error));
    }
  }

  async #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return readAnswer<T>(await this.#send(path, signal ? { signal } : {}));
  }

  async #post<T>(path: string, body: object): Promise<T> {
    return readAnswer<T>(await this.#send(path, { method: 'POST', body: JSON.stringify(body) }));
  }

  /** A relay that says nothing of itself serves no live events, and calls go to the real Twilio. */
  config = () =>
    this.#get<Config>('api/config').catch((error: ApiError): Config => {
      if (error.status === 404) return { version: '' };
      throw error;
    });
  account = () => this.#get<Account>('api/account');
  countries = async () => (await this.#get<{ countries: Country[] }>('api/rates/countries')).countries;

  checkCredit = (number: string, signal?: AbortSignal) =>
    this.#get<CreditCheck>(`api/credits/check${query({ number })}`, signal);

  accessToken = () => this.#post<AccessToken>('api/twilio/token', {});
  hangUp = (callSid: string) => this.#post<{ callSid: string }>('api/twilio/hangup', { callSid });

  mute = (callSid: string, muted: boolean) =>
    this.#post<{ muted: boolean; by: string }>('api/twilio/mute', { callSid, muted });

  calls = (limit: number, before?: string | null) =>
    this.#get<CallPage>(`api/calls/history${query({ limit, before })}`);

  ledger = (limit: number, before?: string | null) =>
    this.#get<LedgerPage>(`api/ledger${query({ limit, before })}`);

  receipt = (sidOrId: string) => this.#get<Receipt>(`${call(sidOrId)}/receipt`);
  quality = (callSid: string, quality: CallQuality) => this.#post<void>(`${call(callSid)}/quality`, quality);

  /** The recording as a URL of this page's own, to be revoked when it is played. */
  async recording(callSid: string): Promise<string> {
    const response = await this.#send(`${call(callSid)}/recording`);
    if (!response.ok) return readAnswer<never>(response);
    return URL.createObjectURL(await response.blob());
  }
}
