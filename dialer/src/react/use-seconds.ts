import { useEffect, useState } from 'react';

/** The time, in milliseconds since 1970, told anew at each whole second since `start`; null tells it once. */
export function useSeconds(start: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (start === null) return;
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      const time = Date.now();
      setNow(time);
      timer = setTimeout(tick, 1000 - ((((time - start) % 1000) + 1000) % 1000) + 5);
    };
    tick();
    return () => clearTimeout(timer);
  }, [start]);
  return now;
}
