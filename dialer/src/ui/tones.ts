/** The keypad's own sound: two sines, as telephones have them (ITU-T Q.23). Nothing sounds before the first press. */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = ['123', '456', '789', '*0#'];
const SECONDS = 0.09;
const VOLUME = 0.08;

let context: AudioContext | null = null;

function frequencies(key: string): [number, number] | null {
  const row = KEYS.findIndex((keys) => keys.includes(key));
  const keys = KEYS[row];
  if (keys === undefined) return null;
  return [ROWS[row] ?? 0, COLUMNS[keys.indexOf(key)] ?? 0];
}

export function playTone(key: string): void {
  const pair = frequencies(key);
  if (!pair || typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  const { currentTime } = context;
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, currentTime);
  gain.gain.linearRampToValueAtTime(VOLUME, currentTime + 0.005);
  gain.gain.setValueAtTime(VOLUME, currentTime + SECONDS);
  gain.gain.linearRampToValueAtTime(0, currentTime + SECONDS + 0.02);
  gain.connect(context.destination);
  for (const frequency of pair) {
    const sine = new OscillatorNode(context, { frequency });
    sine.connect(gain);
    sine.start();
    sine.stop(currentTime + SECONDS + 0.03);
  }
}
