/** What this browser remembers of its caller's habits; nothing of it leaves the browser. */
import { keptForBrowser } from './storage.ts';

export interface Preferences {
  tones: boolean;
  haptics: boolean;
  microphone: string | null;
  speaker: string | null;
}

const KEY = 'worldtune.preferences';
const STANDARD: Preferences = { tones: true, haptics: true, microphone: null, speaker: null };

/** Storage may hold what an older page wrote. */
export function readPreferences(): Preferences {
  try {
    return { ...STANDARD, ...JSON.parse(keptForBrowser.get(KEY) ?? '{}') };
  } catch {
    return STANDARD;
  }
}

export function writePreferences(change: Partial<Preferences>): Preferences {
  const preferences = { ...readPreferences(), ...change };
  keptForBrowser.set(KEY, JSON.stringify(preferences));
  return preferences;
}
