/**
 * What the browser keeps for the page. A person may forbid that, and a storage may be full: then it is kept in the page,
 * until it is closed.
 */
export class Kept {
  #storage: () => Storage;
  #here = new Map<string, string>();

  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  get(key: string): string | null {
    try {
      return this.#here.get(key) ?? this.#storage().getItem(key);
    } catch {
      return null;
    }
  }

  /** null forgets it. */
  set(key: string, value: string | null): void {
    this.#here.delete(key);
    try {
      if (value === null) this.#storage().removeItem(key);
      else this.#storage().setItem(key, value);
    } catch {
      if (value !== null) this.#here.set(key, value);
    }
  }
}

export const keptForBrowser = new Kept(() => localStorage);
export const keptForTab = new Kept(() => sessionStorage);
