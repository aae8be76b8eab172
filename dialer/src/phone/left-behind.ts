/**
 * A page that is reloaded in a call takes its voice away, and so ends it. The next one in the same tab knows of it by
 * what is kept here, and tells what became of it.
 */
const KEY = 'worldtune.call';

export interface LeftBehind {
  callSid: string;
  number: string;
}

const storage = () => (typeof sessionStorage === 'undefined' ? null : sessionStorage);

export function rememberCall(call: LeftBehind | null): void {
  try {
    if (call) storage()?.setItem(KEY, JSON.stringify(call));
    else storage()?.removeItem(KEY);
  } catch {
    // Storage may be forbidden: then the call stands in the history alone.
  }
}

export function recallCall(): LeftBehind | null {
  try {
    return JSON.parse(storage()?.getItem(KEY) ?? 'null');
  } catch {
    return null;
  }
}
