import { useCallback, useSyncExternalStore } from "react";

/** Values by key, outside React: setting one wakes only those who read it. */
export class Keyed<K, V> {
  readonly #values = new Map<K, V>();
  readonly #watchers = new Map<K, Set<() => void>>();

  get(key: K): V | undefined {
    return this.#values.get(key);
  }

  set(key: K, value: V): void {
    if (this.#values.get(key) === value) return;
    this.#values.set(key, value);
    this.#wake(key);
  }

  delete(key: K): void {
    if (this.#values.delete(key)) this.#wake(key);
  }

  keys(): K[] {
    return [...this.#values.keys()];
  }

  watch(key: K, wake: () => void): () => void {
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(wake));
    return () => {
      watchers.delete(wake);
      if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key);
    };
  }

  #wake(key: K): void {
    for (const wake of [...(this.#watchers.get(key) ?? [])]) wake();
  }
}

/** One value outside React. */
export class Cell<T> {
  #value: T;
  readonly #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (this.#value === value) return;
    this.#value = value;
    for (const wake of [...this.#watchers]) wake();
  }

  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }
}

/** Reads one key; the component is drawn again when that key is set, and only then. */
export function useKeyed<K, V>(store: Keyed<K, V>, key: K): V | undefined {
  return useSyncExternalStore(
    useCallback((wake: () => void) => store.watch(key, wake), [store, key]),
    () => store.get(key),
  );
}

export function useCell<T>(cell: Cell<T>): T {
  return useSyncExternalStore(
    useCallback((wake: () => void) => cell.watch(wake), [cell]),
    () => cell.get(),
  );
}
