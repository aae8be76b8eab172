/** What was measured of a call and what the caller thought of it: told to the relay once it is over, never waited for. */
import type { Api } from '../api/client.ts';
import type { CallQuality } from '../api/types.ts';
import type { Measurement } from '../voice/voice.ts';

const WARNINGS_MAX = 20;

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rounded = (value: number) => Math.round(value * 100) / 100;

export class Quality {
  #api: Api;
  #measured: Measurement[] = [];
  #warnings = new Set<string>();
  /** What was told of the call that was measured last: a rating is added to it. */
  #told: { callSid: string; quality: CallQuality } | null = null;

  constructor(api: Api) {
    this.#api = api;
  }

  begin(): void {
    this.#measured = [];
    this.#warnings.clear();
    this.#told = null;
  }

  add(measurement: Measurement): void {
    this.#measured.push(measurement);
  }

  warn(name: string): void {
    if (this.#warnings.size < WARNINGS_MAX) this.#warnings.add(name);
  }

  end(callSid: string | null): void {
    if (callSid === null || this.#measured.length === 0) return;
    const scores = this.#measured.flatMap(({ mos }) => (mos === null ? [] : [mos]));
    this.#tell(callSid, {
      ...(scores.length > 0 && { mos: rounded(mean(scores)) }),
      jitterMs: rounded(mean(this.#measured.map(({ jitterMs }) => jitterMs))),
      packetLoss: rounded(mean(this.#measured.map(({ packetLoss }) => packetLoss))),
      roundTripMs: rounded(mean(this.#measured.map(({ roundTripMs }) => roundTripMs))),
      warnings: [...this.#warnings],
    });
  }

  /** 1 (bad) to 5 (good), with what was wrong. */
  rate(callSid: string, rating: number, issues: string[]): void {
    const measured = this.#told?.callSid === callSid ? this.#told.quality : {};
    this.#tell(callSid, { ...measured, rating, issues });
  }

  #tell(callSid: string, quality: CallQuality) {
    this.#told = { callSid, quality };
    this.#api.quality(callSid, quality).catch(() => {});
  }
}
