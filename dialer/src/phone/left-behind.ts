/**
 * A page that is reloaded in a call takes its voice away, and so ends it. The next one in the same tab knows of it by
 * what is kept here, and tells what became of it.
 */
import { keptForTab } from './storage.ts';

const KEY = 'worldtune.call';

export interface LeftBehind {
  callSid: string;
  number: string;
}

export const rememberCall = (call: LeftBehind | null): void =>
  keptForTab.set(KEY, call && JSON.stringify(call));

export function recallCall(): LeftBehind | null {
  try {
    return JSON.parse(keptForTab.get(KEY) ?? 'null');
  } catch {
    return null; // it is none of ours
  }
}
