/** What the relay answers: docs/relay.md. Money is decimal text, times are ISO 8601, durations whole seconds. */

export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled'
  | 'rejected';

export interface Config {
  version: string;
  /** Where live events come from; absent where the relay serves none. */
  liveUrl?: string | null;
  supabaseUrl?: string | null;
  supabaseAnonKey?: string | null;
  callMode?: string | null;
  recordCalls?: boolean | null;
  /** host:port of the sandbox carrier's signalling; absent with the real Twilio. */
  voiceSignalling?: string | null;
  /** Where a caller adds credit. */
  topUpUrl?: string | null;
}

export interface Account {
  balance: string;
  held: string;
  available: string;
  isLowBalance: boolean;
}

export interface CreditCheck {
  allowed: boolean;
  reason: string | null;
  message: string | null;
  hasEnoughCredits: boolean;
  currentBalance: string;
  available: string;
  ratePerMinute: string | null;
  connectionFee: string | null;
  minimumSeconds: number | null;
  incrementSeconds: number | null;
  requiredCredits: string | null;
  estimatedMinutes: number | null;
  maxSeconds: number | null;
  isLowBalance: boolean;
  country: string | null;
}

export interface CallRecord {
  callId: string;
  callSid: string | null;
  status: CallStatus;
  phoneNumber: string | null;
  country: string | null;
  isoCountry: string | null;
  rate: string | null;
  connectionFee?: string | null;
  minimumSeconds?: number | null;
  incrementSeconds?: number | null;
  createdAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  durationSeconds: number | null;
  billedSeconds: number | null;
  durationMinutes: string | null;
  creditsUsed: string | null;
  creditsRefunded?: string | null;
  rejectReason: string | null;
  /** Whether there is a recording to hear. */
  recorded?: boolean;
  /** A line an utterance: "caller: …" or "callee: …". */
  transcript?: string | null;
}

export interface CallPage {
  calls: CallRecord[];
  nextBefore: string | null;
}

export interface LedgerEntry {
  entryId: string;
  createdAt: string;
  kind: 'opening' | 'purchase' | 'call' | 'refund' | 'adjustment' | 'chargeback';
  delta: string;
  balanceAfter: string;
  callId: string | null;
  callSid: string | null;
  note: string | null;
}

export interface LedgerPage {
  entries: LedgerEntry[];
  nextBefore: string | null;
}

export interface ReceiptStep {
  step: number;
  item: string;
  detail: string | null;
  amount: string | null;
}

export interface Receipt {
  steps: ReceiptStep[];
  paid: string | null;
  agrees: boolean | null;
}

export interface AccessToken {
  token: string;
  identity: string;
  ttl: number;
  expiresAt: string;
}

export interface CallQuality {
  mos?: number;
  jitterMs?: number;
  packetLoss?: number;
  roundTripMs?: number;
  warnings?: string[];
  rating?: number;
  issues?: string[];
}
