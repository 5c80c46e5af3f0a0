/** A turn as `frontdesk why --json` has it, and what the desk answers about it. */

export interface Answered {
  rule: string;
  what: string;
  intent: string | null;
  score: number | null;
  scope: number | null;
  threshold: number | null;
  runner_up: string | null;
  nearest: string | null;
  release: string;
}

interface Called {
  arguments?: Record<string, unknown>;
}

export interface Model extends Called {
  step: "model";
  model: string;
  prompt: string;
  version: string;
  calls: string[];
  said?: string;
  finish?: "length" | "content_filter";
  tokens_in?: number;
  tokens_out?: number;
  cached?: number;
  seconds?: number;
  cost?: number;
  error?: string;
}

export interface Call extends Called {
  step: "call";
  name: string;
  code: string;
  error?: string;
  result?: unknown;
  seconds?: number;
}

export interface Waits extends Called {
  step: "waits";
  name: string;
  what: "component" | "confirm" | "dialog";
}

export type Step =
  | Model
  | Call
  | Waits
  | { step: "dialog"; dialog: string; bot: string; did: "began" | "ended" | "stopped"; why: string }
  | { step: "handoff"; queue: string; because: string }
  | { step: "forgot"; entries: number }
  | { step: "error"; where: string; what: string; detail: string };

export interface Place {
  bot: string;
  dialog: string;
  at: string | null;
  phase: string;
}

export interface Row {
  seq: number;
  last: number;
  at: string;
  what: "message" | "event" | "timer";
  said: string;
  chosen: boolean;
  label: string;
  owner: string;
  answered: Answered[];
  did: Step[];
  was_at: Place | null;
  is_at: Place | null;
  sum: { calls: number; tokens_in: number; tokens_out: number; cost: number; seconds: number } | null;
}

export interface Explained {
  session: string;
  turn: Row;
  before: number | null;
  after: number | null;
}

export type Looked = { is: "loading" } | { is: "here"; explained: Explained } | { is: "missing"; why: Missing };

/** Why a turn cannot be shown; `unreachable` may be tried again. */
export type Missing = "unknown" | "forbidden" | "unreachable";

/** Ask the desk for the turn an event belongs to. */
export async function look(session: string, seq: number, signal: AbortSignal): Promise<Looked> {
  const path = `/v1/desk/sessions/${encodeURIComponent(session)}/turns/${seq}`;
  try {
    const answer = await fetch(path, { credentials: "same-origin", signal });
    if (answer.ok) return { is: "here", explained: (await answer.json()) as Explained };
    const why = answer.status === 404 ? "unknown" : answer.status === 403 ? "forbidden" : "unreachable";
    return { is: "missing", why };
  } catch {
    return { is: "missing", why: "unreachable" };
  }
}
