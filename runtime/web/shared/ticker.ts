import { useSyncExternalStore } from "react";

/** Seconds the server's clock is ahead of this machine's; waiting times are told by the server's. */
let ahead = 0;
let now = Date.now();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function beat(): void {
  now = Date.now() + ahead;
  for (const wake of [...watchers]) wake();
}

function watch(wake: () => void): () => void {
  watchers.add(wake);
  if (timer === undefined) {
    beat();
    timer = setInterval(beat, 1000);
  }
  return () => {
    watchers.delete(wake);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

export function setServerNow(iso: string | undefined): void {
  const told = iso === undefined ? NaN : Date.parse(iso);
  if (!Number.isNaN(told)) ahead = told - Date.now();
  beat();
}

/** What `read` makes of the current second. Only a changed result draws the component again. */
export function useTick<T extends string | number>(read: (now: number) => T): T {
  return useSyncExternalStore(watch, () => read(now));
}
