import type { Reply } from "./frames.ts";

/** A message of the customer that the desk has not acknowledged yet. */
export interface Unsent {
  id: string;
  at: string;
  /** How its bubble reads. */
  label: string;
  text?: string;
  reply?: Reply;
  /** Not a message: the customer ends the conversation. */
  end?: boolean;
}

export interface Kept {
  token: string | null;
  /** The newest event the customer has looked at. */
  seen: number;
  outbox: Unsent[];
}

export type Store = ReturnType<typeof storeIn>;

/**
 * What the browser keeps of a conversation. Every tab reads and writes the same place, so it is read anew each time;
 * where storage is forbidden it lasts as long as the page.
 */
export function storeIn(key: string) {
  let kept: Kept = { token: null, seen: 0, outbox: [] };
  const read = (): Kept => {
    try {
      return { ...kept, ...(JSON.parse(localStorage.getItem(key)!) as Kept | null) };
    } catch {
      return kept;
    }
  };
  const change = (part: Partial<Kept>): void => {
    kept = { ...read(), ...part };
    try {
      localStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // Forbidden or full: what is in memory has to do.
    }
  };
  return {
    read,
    change,
    drop(id: string): Unsent | undefined {
      const { outbox } = read();
      const found = outbox.find((unsent) => unsent.id === id);
      change({ outbox: outbox.filter((unsent) => unsent !== found) });
      return found;
    },
  };
}
