/** What happens in another process is waited for, with patience. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 20000;

/** Resolves to what `check` answers once that is true of it; fails when it never is. */
export async function until(what, check) {
  const end = Date.now() + PATIENCE_MS;
  let answer;
  while (!(answer = await check())) {
    assert.ok(Date.now() < end, `in vain: ${what}`);
    await delay(50);
  }
  return answer;
}
