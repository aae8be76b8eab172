import { useEffect, useRef } from 'react';

const MARGIN = '400px';

/** Calls when the element comes near the part that is seen; `version` changes when it may be near once more. */
export function useNear(near: () => void, version: unknown) {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(near);
  latest.current = near;
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && latest.current(),
      { rootMargin: MARGIN },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [version]);
  return element;
}
