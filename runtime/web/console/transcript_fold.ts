import { dayKey } from "../shared/times";
import type { Answer, Author, LogEvent, Package, Reply, Shown } from "./protocol";
import { nameOf } from "./protocol";

/** What the thread draws: a fold of the session's events. */
export type Item = Day | Bubble | Sentence | Trace | BotPart;

export interface Day {
  is: "day";
  key: string;
  at: Date;
}

export type Side = "user" | "bot" | "rep" | "desk";

export interface Bubble {
  is: "bubble";
  key: string;
  seq: number;
  side: Side;
  name: string;
  text: string;
  at: Date;
  component: Shown | null;
  answer: Answer | null;
  /** Why it did not reach the customer, or may not have; null: nothing is known to be wrong. */
  trouble: { is: "failed" | "in_doubt"; reason: string } | null;
  login: string;
  isFirst: boolean; // of a run by the same author
  isLast: boolean;
}

/** Handoffs, acceptance and ends: centred in the thread. */
export interface Sentence {
  is: "sentence";
  key: string;
  seq: number;
  at: Date;
  says: "queued" | "accepted" | "passed" | "bot" | "ended" | "paused" | "inactive" | "error" | "language";
  who: string;
  login: string;
  by: string;
  because: string;
}

/** What the machinery did: small, and in the bot's part out of sight until unfolded. */
export interface Trace {
  is: "trace";
  key: string;
  seq: number;
  at: Date;
  of: "understood" | "slot" | "action" | "error";
  name: string;
  detail: string;
  how: string;
  isOk: boolean;
  isPrivate: boolean;
}

export interface BotPart {
  is: "bot";
  key: string;
  bot: string;
  items: Item[];
  asked: number;
  seconds: number;
  /** The last thing the customer wrote, when the bot had no answer to it any more: shown below the fold too. */
  last: Bubble | null;
}

function author(of: unknown): { side: Side; name: string; login: string } {
  const given = (of ?? "") as Author;
  const kind = typeof given === "string" ? given.split(":")[0] : given.kind;
  const name = typeof given === "string" ? nameOf(given) : (given.name ?? given.login ?? "");
  const login = typeof given === "string" ? name : (given.login ?? "");
  return { side: kind === "rep" || kind === "bot" ? kind : "desk", name, login };
}

function owner(of: unknown): { kind: string; name: string; login: string } {
  if (typeof of === "string") {
    const name = of.includes(":") ? nameOf(of) : "";
    return { kind: of.split(":")[0] ?? "none", name, login: name };
  }
  const given = (of ?? {}) as { kind?: string; name?: string; login?: string };
  return { kind: given.kind ?? "none", name: given.name ?? "", login: given.login ?? "" };
}

function text(of: unknown): string {
  return typeof of === "string" ? of : "";
}

function shown(of: unknown): Shown | null {
  return of && typeof of === "object" && "kind" in of ? (of as Shown) : null;
}

export function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Rules that say that a message was not understood. */
const NOT_READ: ReadonlySet<string> = new Set(["none", "unread", "lost"]);

/** Draws nothing twice: the fold is a plain function of the events. */
export function fold(events: readonly LogEvent[], handoff: Package | null): Item[] {
  const answers = new Map<string, Answer>();
  const asked = new Set<string>();
  const deliveries = new Map<string, LogEvent>();
  for (const event of events) {
    if (event.kind === "outbound" && shown(event["component"])) asked.add(messageOf(event));
    if (event.kind === "delivery") deliveries.set(text(event["message"]), event);
    if (event.kind === "answered") answers.set(text(event["message"]), event as Answer);
    const reply = event.kind === "inbound" ? ((event["reply"] ?? null) as Reply | null) : null;
    if (reply?.to && (reply.label || reply.choose || reply.value !== undefined) && !answers.has(reply.to))
      answers.set(reply.to, reply);
  }
  const items: Item[] = [];
  let part: BotPart | null = null;
  let holder = "bot";
  let day = "";

  for (const event of events) {
    const at = new Date(event.at);
    const item = draw(event, at, answers, asked, deliveries, holder, handoff);
    if (event.kind === "owner") {
      const next = owner(event["owner"]).kind;
      const was = text(event["was"]);
      if (part && was.startsWith("bot:")) part.bot ||= nameOf(was);
      if (next !== "bot" && next !== "none" && part) part = closed(part, handoff);
      holder = next;
    }
    if (!item) continue;
    const isBots = holder === "bot" && item.is !== "sentence";
    if (dayKey(at) !== day) {
      day = dayKey(at);
      if (part && isBots) part.items.push({ is: "day", key: `day${event.seq}`, at });
      else items.push({ is: "day", key: `day${event.seq}`, at });
    }
    if (!isBots) {
      if (part) part = closed(part, handoff);
      items.push(item);
      continue;
    }
    if (!part) {
      part = { is: "bot", key: `bot${event.seq}`, bot: "", items: [], asked: 0, seconds: 0, last: null };
      items.push(part);
    }
    part.items.push(item);
    if (item.is === "bubble" && item.side === "bot") part.bot ||= item.name;
  }
  if (part) closed(part, handoff);
  return runs(items);
}

function messageOf(event: LogEvent): string {
  return text(event["message"]) || text(event["key"]) || String(event.seq);
}

function draw(
  event: LogEvent,
  at: Date,
  answers: Map<string, Answer>,
  asked: Set<string>,
  deliveries: Map<string, LogEvent>,
  holder: string,
  handoff: Package | null,
): Item | null {
  const { seq } = event;
  const key = String(seq);
  switch (event.kind) {
    case "inbound": {
      const reply = (event["reply"] ?? null) as Reply | null;
      const words = text(event["text"]);
      const answer = reply?.to ? answers.get(reply.to) : undefined;
      // A click is shown as the mark on the card it answered.
      if (reply?.to && asked.has(reply.to) && (words === "" || words === answer?.label)) return null;
      const said = words || reply?.label || plain(reply?.value ?? reply?.choose);
      return bubble(seq, "user", "", said, at, null, null);
    }
    case "outbound": {
      const { side, name, login } = author(event["author"]);
      const component = shown(event["component"]);
      const answer = answers.get(messageOf(event)) ?? component?.answered ?? null;
      const sent = bubble(seq, side, name, text(event["text"]), at, component, answer);
      return { ...sent, login, trouble: trouble(deliveries.get(messageOf(event))) };
    }
    case "owner":
      return ownerSentence(event, at, holder, handoff);
    case "session":
    case "status": {
      const status = event["status"];
      if (status !== "ended" && status !== "paused" && status !== "inactive" && status !== "error") return null;
      const by = text(event["by"]);
      const who = text(event["name"]);
      return {
        is: "sentence",
        key,
        seq,
        at,
        says: status,
        who,
        login: "",
        by: by.split(":")[0] ?? "",
        because: text(event["why"]),
      };
    }
    case "language": {
      const who = text(event["language"]);
      return { is: "sentence", key, seq, at, says: "language", who, login: "", by: "", because: "" };
    }
    case "understood": {
      const score = event["score"];
      const name = text(event["label"]) || text(event["intent"]);
      const detail = typeof score === "number" ? score.toFixed(2) : "";
      return trace(seq, at, "understood", name, detail, text(event["rule"]), !NOT_READ.has(text(event["rule"])));
    }
    case "slot": {
      const isPrivate = event["private"] === true;
      const value = isPrivate ? "" : plain(event["label"] || event["value"]);
      const how = text(event["from"]) || text(event["source"]);
      return { ...trace(seq, at, "slot", text(event["name"]), value, how, true), isPrivate };
    }
    case "action": {
      const isOk = event["ok"] === true || event["code"] === "ok";
      return trace(seq, at, "action", text(event["name"]), text(event["error"]), "", isOk);
    }
    case "error": {
      const what = text(event["what"]) || text(event["text"]) || text(event["error"]);
      return trace(seq, at, "error", what, text(event["detail"]), text(event["where"]), false);
    }
    default:
      return null;
  }
}

function bubble(
  seq: number,
  side: Side,
  name: string,
  words: string,
  at: Date,
  component: Shown | null,
  answer: Answer | null,
): Bubble {
  const key = String(seq);
  return {
    is: "bubble",
    key,
    seq,
    side,
    name,
    text: words,
    at,
    component,
    answer,
    trouble: null,
    login: "",
    isFirst: true,
    isLast: true,
  };
}

function trouble(delivery: LogEvent | undefined): Bubble["trouble"] {
  const status = delivery?.["status"];
  if (status === "failed" || status === "in_doubt") return { is: status, reason: text(delivery?.["reason"]) };
  return null;
}

function trace(
  seq: number,
  at: Date,
  of: Trace["of"],
  name: string,
  detail: string,
  how: string,
  isOk: boolean,
): Trace {
  return { is: "trace", key: String(seq), seq, at, of, name, detail, how, isOk, isPrivate: false };
}

function ownerSentence(event: LogEvent, at: Date, holder: string, handoff: Package | null): Sentence | null {
  const now = owner(event["owner"]);
  const key = String(event.seq);
  const isFromPackage = handoff !== null && now.kind === "queue" && handoff.queue === now.name;
  const because = text(event["because"]) || (isFromPackage ? (handoff.because ?? "") : "");
  const sentence = {
    is: "sentence",
    key,
    seq: event.seq,
    at,
    who: now.name,
    login: now.login,
    by: "",
    because,
  } as const;
  if (now.kind === "queue") return { ...sentence, says: "queued" };
  if (now.kind === "rep") return { ...sentence, says: holder === "rep" ? "passed" : "accepted" };
  if (now.kind === "bot" && holder !== "bot") return { ...sentence, says: "bot" };
  return null;
}

/** A bot's part is over: sum it up for the line it folds to. */
function closed(part: BotPart, handoff: Package | null): null {
  const bubbles = part.items.filter((item) => item.is === "bubble");
  const [first, final] = [bubbles[0], bubbles.at(-1)];
  part.asked = bubbles.filter(
    (one) => one.side === "bot" && (one.component ? one.component.kind !== "link" : /[?？]/u.test(one.text)),
  ).length;
  part.seconds = first && final ? Math.round((final.at.getTime() - first.at.getTime()) / 1000) : 0;
  if (handoff && handoff.from === `bot:${part.bot}` && isOf(part, handoff)) {
    part.asked = handoff.asked;
    part.seconds = handoff.seconds;
  }
  const words = bubbles.filter((one) => one.side === "user").at(-1);
  const isAnswered = words && bubbles.some((one) => one.side === "bot" && one.seq > words.seq && one.component);
  part.last = words && !isAnswered ? words : null;
  return null;
}

/** Whether the package was made at the end of this part, not of another. */
function isOf(part: BotPart, handoff: Package): boolean {
  const last = part.items.at(-1);
  return last !== undefined && last.is !== "bot" && Math.abs(last.at.getTime() - Date.parse(handoff.at)) < 60_000;
}

const RUN = 5 * 60_000;

/** Marks where a run of messages by one author begins and ends, here and inside the bots' parts. */
function runs(items: Item[]): Item[] {
  items.forEach((item, index) => {
    if (item.is === "bot") runs(item.items);
    const before = items[index - 1];
    if (item.is !== "bubble" || before?.is !== "bubble") return;
    const isSame = before.side === item.side && before.name === item.name && +item.at - +before.at < RUN;
    if (isSame && !before.component) {
      item.isFirst = false;
      before.isLast = false;
    }
  });
  return items;
}
