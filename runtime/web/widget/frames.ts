/** The frames of the chat protocol, version 1, as both sides write them. */

export interface Author {
  kind: "bot" | "rep" | "desk";
  name: string;
}

export interface Owner {
  kind: "bot" | "queue" | "rep" | "none";
  name: string;
}

export interface Option {
  id: string;
  label: string;
  description?: string | null;
  /** What a point of a rating is drawn as. */
  sign?: string;
}

export interface Component {
  kind: string;
  name?: string;
  text?: string;
  options?: Option[];
  /** Of the options, those every question may have besides its own. */
  extra?: string[];
  /** A day, or a number. */
  min?: string | number | null;
  max?: string | number | null;
  step?: number | "any";
  unit?: string;
  /** How to answer, in a sentence. */
  hint?: string;
  style?: "stars" | "faces" | "numbers";
  low?: string;
  high?: string;
  excluded?: string[];
  suggestions?: Option[];
  title?: string;
  url?: string;
  description?: string | null;
  image?: string | null;
}

/** What answers a component: an option, or a value such as a day or a number. */
export interface Reply {
  to: string;
  choose?: string;
  value?: string;
}

export type LogEvent = { type: "event"; id: number; at: string } & (
  | { kind: "inbound"; message: string; client?: string; text?: string; reply?: (Reply & { label?: string }) | null }
  | { kind: "outbound"; message: string; text?: string; component?: Component | null; author: Author }
  | { kind: "owner"; owner: Owner }
  | { kind: "session"; status: string; by: "rep" | "bot" | "user" | "desk" }
  | { kind: "answered"; message: string; label: string; choose?: string | null; value?: string | number | null }
);

export interface Welcome {
  type: "welcome";
  token: string;
  last: number;
  name?: string;
  limits?: { text: number; per_minute: number };
  owner?: Owner;
}

export type FromDesk =
  | Welcome
  | LogEvent
  | { type: "ack"; id: string }
  | { type: "refused"; id: string; code: string; text: string }
  | { type: "typing"; author: Author; on: boolean }
  | { type: "draft"; id: string; author: Author; text: string | null }
  | { type: "queue"; position: number; waiting: number }
  | { type: "reset" }
  | { type: "pong" }
  | { type: "bye"; code: string; text?: string };

export type Hello = {
  type: "hello";
  channel: string;
  token: string | null;
  last: number;
  language: string;
  time_zone: string;
  page: string;
};

export type ToDesk =
  | Hello
  | { type: "send"; id: string; at: string; text?: string; reply?: Reply }
  | { type: "typing" }
  | { type: "seen"; id: number }
  | { type: "end"; id: string }
  | { type: "ping" };
