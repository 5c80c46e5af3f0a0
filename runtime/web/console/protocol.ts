/** The desk protocol as it comes over HTTP and /ws/desk. What the page makes of it stands in the fold. */

export interface Rep {
  login: string;
  name: string;
  role: string;
  languages: string[];
}

/** One session on the board. */
export interface Row {
  id: string;
  user: string;
  name: string;
  channel: string;
  channel_kind: string;
  queue: string | null;
  owner: string;
  owner_name?: string;
  status: string;
  since: string | null;
  last_at: string;
  preview: string;
  preview_from: string;
  unread: number;
  language: string;
  because: string | null;
  version: number;
  time_zone?: string;
}

export interface Queue {
  name: string;
  label: string;
}

/** What authors call their slots and intents in front of reps, by name. */
export interface Labels {
  slots: Record<string, string>;
  intents: Record<string, string>;
}

/** A component a rep may send. */
export interface Offered {
  name: string;
  kind: string;
  bot: string | null;
  title: string;
}

export interface Slot {
  name: string;
  label?: string;
  value: unknown;
  from: string;
  private?: boolean;
}

export interface ActionTried {
  name: string;
  ok: boolean;
  error?: string;
}

/** What a bot tells the people it hands a session to. */
export interface Package {
  /** What stands below, in a sentence or two. */
  digest: string;
  because: string | null;
  queue: string;
  from: string;
  intent: { name: string; score: number | null; label?: string | null } | null;
  slots: Slot[];
  actions: ActionTried[];
  question: string | null;
  language: string;
  asked: number;
  seconds: number;
  at: string;
}

export interface Option {
  id: string;
  label: string;
  description?: string | null;
  /** What a point of a rating is drawn as. */
  sign?: string;
}

/** A messaging component as the customer saw it. */
export interface Shown {
  name: string;
  kind: string;
  text?: string;
  options?: Option[];
  /** Of the options, those every question may have besides its own. */
  extra?: string[];
  min?: string | number | null;
  max?: string | number | null;
  hint?: string;
  style?: string;
  low?: string;
  high?: string;
  suggestions?: Option[];
  title?: string;
  url?: string;
  description?: string | null;
  answered?: Answer | null;
}

export interface Answer {
  label?: string | null;
  choose?: string | null;
  value?: unknown;
}

export interface Reply extends Answer {
  to?: string | null;
}

export type Author = string | { kind: string; name?: string; login?: string };

/** One event of a session's log. Kinds and fields the page does not know are passed over. */
export interface LogEvent {
  seq: number;
  kind: string;
  at: string;
  [field: string]: unknown;
}

export type ServerFrame =
  | {
      type: "desk";
      rep: Rep;
      name: string;
      queues: Queue[];
      labels: Labels;
      languages: string[];
      components: Offered[];
      sessions: Row[];
      now?: string;
    }
  | { type: "row"; session: Row }
  | { type: "gone"; session: string }
  | {
      type: "session";
      session: string;
      row: Row;
      package: Package | null;
      slots: Slot[];
      open_question: { message?: string; text?: string } | null;
      time_zone?: string;
    }
  | ({ type: "event"; session: string } & LogEvent)
  | { type: "typing"; session: string; on: boolean }
  | { type: "ack"; id: string }
  | { type: "refused"; id: string; code: string; text?: string }
  | { type: "bye"; code: string; text?: string };

export type CommandFrame =
  | { type: "accept"; id: string; session: string }
  | { type: "say"; id: string; session: string; text: string }
  | { type: "component"; id: string; session: string; name: string }
  | { type: "end"; id: string; session: string };

export type ClientFrame =
  | CommandFrame
  | { type: "open"; session: string; after: number }
  | { type: "close"; session: string }
  | { type: "typing"; session: string }
  | { type: "seen"; session: string; seq: number };

export function isOfRep(author: unknown): boolean {
  const { kind } = (author ?? {}) as { kind?: string };
  return (kind ?? String(author).split(":")[0]) === "rep";
}

export function isRepOwner(owner: string): boolean {
  return owner.startsWith("rep:");
}

export function isWaiting(row: Row): boolean {
  return row.owner.startsWith("queue:");
}

/** `mia` of `rep:mia`. */
export function nameOf(owner: string): string {
  return owner.slice(owner.indexOf(":") + 1);
}
