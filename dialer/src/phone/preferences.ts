/** What this browser remembers of its caller's habits; nothing of it leaves the browser. */

export interface Preferences {
  tones: boolean;
  haptics: boolean;
  microphone: string | null;
  speaker: string | null;
}

const KEY = 'worldtune.preferences';
const STANDARD: Preferences = { tones: true, haptics: true, microphone: null, speaker: null };

/** Storage may be forbidden, or hold what an older page wrote. */
export function readPreferences(): Preferences {
  try {
    return { ...STANDARD, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return STANDARD;
  }
}

export function writePreferences(change: Partial<Preferences>): Preferences {
  const preferences = { ...readPreferences(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // It holds until the page is closed, then.
  }
  return preferences;
}
