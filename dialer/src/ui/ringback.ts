import { useEffect } from 'react';

/** The tone that a caller hears while it rings: 425 Hz, one second in five (ITU-T E.180). */
const FREQUENCY = 425;
const ON_SECONDS = 1;
const PERIOD_MS = 5000;
const VOLUME = 0.04;

function ring(context: AudioContext) {
  const { currentTime } = context;
  const tone = new OscillatorNode(context, { frequency: FREQUENCY });
  const gain = new GainNode(context, { gain: VOLUME });
  tone.connect(gain).connect(context.destination);
  tone.start(currentTime);
  tone.stop(currentTime + ON_SECONDS);
}

export function useRingback(ringing: boolean): void {
  useEffect(() => {
    if (!ringing || typeof AudioContext === 'undefined') return;
    const context = new AudioContext();
    ring(context);
    const timer = setInterval(() => ring(context), PERIOD_MS);
    return () => {
      clearInterval(timer);
      context.close();
    };
  }, [ringing]);
}
