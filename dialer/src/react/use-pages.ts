import { useCallback, useEffect, useRef, useState } from 'react';

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface Pages<Item> {
  items: Item[];
  state: 'loading' | 'ready' | 'failed';
  /** Whether there are earlier ones. */
  more: boolean;
  loadMore(): void;
}

/** Both lists, each item once; the first one's is kept. */
function join<Item>(first: Item[], second: Item[], keyOf: (item: Item) => string): Item[] {
  const there = new Set(first.map(keyOf));
  return [...first, ...second.filter((item) => !there.has(keyOf(item)))];
}

/**
 * A list that the relay tells in pages, newest first. When `version` changes the first page is asked again, and what is
 * new joins the list: nothing that is shown goes away meanwhile.
 */
export function usePages<Item>(
  fetchPage: (before: string | null) => Promise<Page<Item>>,
  keyOf: (item: Item) => string,
  version: number,
): Pages<Item> {
  const [items, setItems] = useState<Item[]>([]);
  const [next, setNext] = useState<string | null>();
  const [state, setState] = useState<Pages<Item>['state']>('loading');
  const loading = useRef(false);

  const load = useCallback(
    async (before: string | null, isFirst: boolean) => {
      loading.current = true;
      try {
        const page = await fetchPage(before);
        setItems((known) => (isFirst ? join(page.items, known, keyOf) : join(known, page.items, keyOf)));
        setNext((known) => (isFirst && known !== undefined ? known : page.next));
        setState('ready');
      } catch {
        setState('failed');
      } finally {
        loading.current = false;
      }
    },
    [fetchPage, keyOf],
  );

  useEffect(() => {
    load(null, true);
  }, [load, version]);

  const loadMore = useCallback(() => {
    if (next && !loading.current) load(next, false);
  }, [load, next]);

  return { items, state, more: Boolean(next), loadMore };
}
