import { Cell, Keyed } from "../shared/keyed";
import { chooseLanguage, isLanguageChosen, language, served } from "../shared/i18n";
import { remember, remembered } from "../shared/remembered";
import { setServerNow } from "../shared/ticker";
import { signOut, whoAmI } from "./api";
import {
  isOfRep,
  isRepOwner,
  isWaiting,
  type ClientFrame,
  type CommandFrame,
  type Labels,
  type LogEvent,
  type Offered,
  type Package,
  type Queue,
  type Rep,
  type Row,
  type ServerFrame,
  type Slot,
} from "./protocol";
import { DeskSocket, type Link } from "./socket";

export type Filter = "mine" | "waiting" | "all";
export const FILTERS: readonly Filter[] = ["mine", "waiting", "all"];

/** Something the rep sent that is not in the transcript yet. */
export interface Unsent {
  id: string;
  text: string;
  component: Offered | null;
  at: number;
  state: "waiting" | "acked" | "refused";
  code: string;
  told: string;
}

/** A session as far as this page has read it. */
export interface OpenSession {
  id: string;
  row: Row;
  isRead: boolean; // the server's answer to `open` came
  isGone: boolean; // it left the board
  package: Package | null;
  slots: readonly Slot[];
  events: readonly LogEvent[];
  isTyping: boolean;
  timeZone: string | null;
  question: string | null;
}

export interface Notice {
  id: string;
  /** A key under `console.refused`, or null: `told` is the server's own sentence. */
  code: string;
  told: string;
  session: string;
}

/** Who is at the page: not known yet, nobody, someone, or someone whose cookie ran out. */
export type Person = { is: "unknown" } | { is: "out" } | { is: "in"; rep: Rep } | { is: "expired"; rep: Rep };

const KEPT_SESSIONS = 20;
const TYPING_EVERY = 3000;
const TYPING_LASTS = 6000;
const EVENT_MAY_LAG = 4000;
const DRAFTS = "frontdesk.drafts";
const OUTBOX = "frontdesk.outbox";

/**
 * The desk as this rep sees it: a fold of the socket's frames, kept outside React.
 *
 * Each piece is a key of a store, so that one event draws one row. Commands stand in an outbox
 * until they are acknowledged, and are sent again after every reconnect; their ids make that safe.
 */
export class Desk {
  readonly person = new Cell<Person>({ is: "unknown" });
  readonly link = new Cell<Link>("connecting");
  readonly name = new Cell("");
  readonly queues = new Cell<readonly Queue[]>([]);
  readonly labels = new Cell<Labels>({ slots: {}, intents: {} });
  readonly components = new Cell<readonly Offered[]>([]);
  readonly isLoaded = new Cell(false);
  /** Why this rep may not be here, in the desk's words. */
  readonly barred = new Cell("");
  readonly rows = new Keyed<string, Row>();
  readonly lists = new Keyed<Filter, readonly string[]>();
  readonly opened = new Cell<string | null>(null);
  /** The event of the opened session whose turn is looked into. */
  readonly explained = new Cell<number | null>(null);
  readonly sessions = new Keyed<string, OpenSession>();
  readonly drafts = new Keyed<string, string>();
  readonly unsent = new Keyed<string, readonly Unsent[]>();
  /** Sessions with an accept or an end on its way. */
  readonly busy = new Keyed<string, "accept" | "end">();
  readonly notice = new Cell<Notice | null>(null);
  /** The session that last began to wait, for the live region. */
  readonly arrived = new Cell<Row | null>(null);

  readonly #socket: DeskSocket;
  readonly #outbox = new Map<string, CommandFrame>();
  readonly #arriving = new Map<string, LogEvent[]>();
  readonly #seen = new Map<string, number>();
  readonly #typing = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #wasWaiting = new Set<string>();
  #typedAt = 0;
  #flushing = false;
  #order: string[] = [];

  constructor() {
    this.#socket = new DeskSocket({
      frame: (frame) => this.#read(frame),
      link: (link) => this.link.set(link),
      mayRetry: () => this.#isStillSignedIn(),
    });
    for (const filter of FILTERS) this.lists.set(filter, []);
    // Titles and refusals come in the language the socket was opened with.
    language.watch(() => this.#socket.again());
  }

  // Signing in and out

  async begin(): Promise<void> {
    const rep = await whoAmI();
    if (rep === null) this.person.set({ is: "out" });
    else if (rep === undefined) setTimeout(() => void this.begin(), 2000);
    else this.enter(rep);
  }

  enter(rep: Rep): void {
    const before = this.person.get();
    if (before.is === "expired" && before.rep.login !== rep.login) this.#forget();
    this.person.set({ is: "in", rep });
    const spoken = served(rep.languages[0]);
    if (spoken && !isLanguageChosen()) chooseLanguage(spoken, false);
    if (before.is !== "expired") this.#recall(rep);
    this.#socket.start();
  }

  async leave(): Promise<void> {
    this.#socket.stop();
    this.#forget();
    this.person.set({ is: "out" });
    await signOut();
  }

  async #isStillSignedIn(): Promise<boolean> {
    const rep = await whoAmI();
    if (rep !== null) return true;
    const before = this.person.get();
    this.#socket.stop();
    if (before.is === "in") this.person.set({ is: "expired", rep: before.rep });
    return false;
  }

  /** Nothing of one rep is left for the next. */
  #forget(): void {
    for (const id of this.rows.keys()) this.rows.delete(id);
    for (const id of this.sessions.keys()) this.sessions.delete(id);
    for (const id of this.drafts.keys()) this.drafts.delete(id);
    for (const id of this.unsent.keys()) this.unsent.delete(id);
    for (const id of this.busy.keys()) this.busy.delete(id);
    this.#outbox.clear();
    this.#seen.clear();
    this.#wasWaiting.clear();
    this.#order = [];
    this.#list();
    this.opened.set(null);
    this.explained.set(null);
    this.isLoaded.set(false);
    this.barred.set("");
    this.notice.set(null);
    this.arrived.set(null);
    remember(DRAFTS, null, "tab");
    remember(OUTBOX, null, "tab");
  }

  // What the rep does

  open(session: string | null): void {
    const before = this.opened.get();
    if (before === session) return;
    if (before !== null) this.#tell({ type: "close", session: before });
    this.opened.set(session);
    this.explained.set(null);
    if (session === null) return;
    const row = this.rows.get(session);
    if (row && !this.sessions.get(session)) this.sessions.set(session, unread(row));
    this.#openAgain(session);
    this.#dropOldest();
  }

  accept(session: string): void {
    if (this.busy.get(session)) return;
    this.busy.set(session, "accept");
    this.#command({ type: "accept", id: newId(), session });
  }

  end(session: string): void {
    if (this.busy.get(session)) return;
    this.busy.set(session, "end");
    this.#command({ type: "end", id: newId(), session });
  }

  say(session: string, text: string): void {
    const id = newId();
    this.#addUnsent(session, id, text, null);
    this.setDraft(session, "");
    this.#command({ type: "say", id, session, text });
  }

  sendComponent(session: string, component: Offered): void {
    const id = newId();
    this.#addUnsent(session, id, component.title, component);
    const name = component.bot ? `${component.bot}/${component.name}` : component.name;
    this.#command({ type: "component", id, session, name });
  }

  /** Takes a refused message out of the thread. */
  drop(session: string, id: string): void {
    this.#setUnsent(session, (unsent) => unsent.filter((one) => one.id !== id));
  }

  setDraft(session: string, text: string): void {
    this.drafts.set(session, text);
    if (text === "") this.drafts.delete(session);
    const all = this.drafts.keys().map((id) => [id, this.drafts.get(id)]);
    remember(DRAFTS, this.#boxed(all), "tab");
  }

  typed(session: string): void {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.#tell({ type: "typing", session });
  }

  /** The rep has the end of the transcript before the eyes. */
  see(session: string): void {
    const last = this.sessions.get(session)?.events.at(-1)?.seq ?? 0;
    if (last <= (this.#seen.get(session) ?? 0)) return;
    if (this.#tell({ type: "seen", session, seq: last })) this.#seen.set(session, last);
  }

  /** The last thing that was said to the customer without a rep: in the turn that begins there, or at all. */
  answer(turn?: number): number | null {
    const events = this.sessions.get(this.opened.get() ?? "")?.events ?? [];
    const next = turn && events.find((event) => event.seq > turn && event.kind === "inbound")?.seq;
    const inside = events.filter(({ seq }) => seq >= (turn ?? 0) && seq < (next || Infinity));
    return inside.findLast((event) => event.kind === "outbound" && !isOfRep(event["author"]))?.seq ?? null;
  }

  // Frames

  #tell(frame: ClientFrame): boolean {
    return this.link.get() === "open" && this.#socket.send(frame);
  }

  #command(frame: CommandFrame): void {
    this.#outbox.set(frame.id, frame);
    this.#keepOutbox();
    this.#tell(frame);
  }

  #openAgain(session: string): void {
    const after = this.sessions.get(session)?.events.at(-1)?.seq ?? 0;
    this.#tell({ type: "open", session, after });
  }

  #read(frame: ServerFrame): void {
    switch (frame.type) {
      case "desk":
        return this.#readDesk(frame);
      case "row":
        this.#setRow(frame.session);
        return this.#list();
      case "gone":
        return this.#readGone(frame.session);
      case "session":
        return this.#readSession(frame);
      case "event": {
        const { type: _, session, ...event } = frame;
        return this.#readEvent(session, event);
      }
      case "typing":
        return this.#readTyping(frame.session, frame.on);
      case "ack":
        return this.#readAck(frame.id);
      case "refused":
        return this.#readRefused(frame.id, frame.code, frame.text ?? "");
      case "bye":
        return this.#readBye(frame.code, frame.text ?? "");
    }
  }

  #readDesk(frame: Extract<ServerFrame, { type: "desk" }>): void {
    setServerNow(frame.now);
    const before = this.person.get();
    if (before.is === "in" && before.rep.login === frame.rep.login) this.person.set({ is: "in", rep: frame.rep });
    this.name.set(frame.name);
    this.queues.set(frame.queues);
    this.labels.set(frame.labels);
    this.components.set(frame.components);
    const here = new Set(frame.sessions.map((row) => row.id));
    for (const id of this.rows.keys()) if (!here.has(id)) this.#takeOff(id);
    this.#order = this.#order.filter((id) => here.has(id));
    const isFirst = !this.isLoaded.get();
    for (const row of frame.sessions) {
      if (isFirst && isWaiting(row)) this.#wasWaiting.add(row.id); // not news
      this.#setRow(row, true);
    }
    this.#list();
    this.isLoaded.set(true);
    const opened = this.opened.get();
    if (opened !== null) {
      const row = this.rows.get(opened);
      if (row && !this.sessions.get(opened)) this.sessions.set(opened, unread(row));
      this.#openAgain(opened);
    }
    for (const command of this.#outbox.values()) this.#socket.send(command);
  }

  #setRow(row: Row, isFresh = false): void {
    const before = this.rows.get(row.id);
    if (!isFresh && before && before.version > row.version) return; // it was overtaken
    if (!before && !this.#order.includes(row.id)) this.#order.push(row.id);
    this.rows.set(row.id, row);
    const open = this.sessions.get(row.id);
    if (open) this.sessions.set(row.id, { ...open, row, isGone: false });
    const busy = this.busy.get(row.id);
    if (busy === "accept" && isRepOwner(row.owner)) this.busy.delete(row.id);
    if (!isWaiting(row)) this.#wasWaiting.delete(row.id);
    else if (!this.#wasWaiting.has(row.id)) {
      this.#wasWaiting.add(row.id);
      this.arrived.set(row);
    }
  }

  #readGone(session: string): void {
    this.#takeOff(session);
    this.#order = this.#order.filter((id) => id !== session);
    this.#list();
  }

  #takeOff(session: string): void {
    this.rows.delete(session);
    this.busy.delete(session);
    this.#wasWaiting.delete(session);
    const open = this.sessions.get(session);
    if (open) this.sessions.set(session, { ...open, isGone: true, isTyping: false });
  }

  #readSession(frame: Extract<ServerFrame, { type: "session" }>): void {
    const before = this.sessions.get(frame.session) ?? unread(frame.row);
    this.sessions.set(frame.session, {
      ...before,
      row: frame.row,
      isRead: true,
      isGone: frame.row.status === "ended",
      package: frame.package,
      slots: frame.slots,
      timeZone: frame.time_zone ?? frame.row.time_zone ?? null,
      question: frame.open_question?.text ?? null,
    });
  }

  /** Many events come at once when a session is opened: they are folded in together, once a frame. */
  #readEvent(session: string, event: LogEvent): void {
    const waiting = this.#arriving.get(session);
    if (waiting) waiting.push(event);
    else this.#arriving.set(session, [event]);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => setTimeout(() => this.#flush(), 0));
  }

  #flush(): void {
    this.#flushing = false;
    for (const [session, arrived] of this.#arriving) {
      this.#arriving.delete(session);
      const open = this.sessions.get(session);
      if (!open) continue;
      let last = open.events.at(-1)?.seq ?? 0;
      const fresh = arrived.filter((event) => event.seq > last && (last = event.seq));
      if (fresh.length === 0) continue;
      const slots = fresh.reduce(withSlot, open.slots);
      const hasSpoken = fresh.some((event) => event.kind === "inbound");
      if (hasSpoken) this.#stopTyping(session);
      const isOver = fresh.some((event) => isEnd(event));
      this.sessions.set(session, {
        ...open,
        slots,
        events: [...open.events, ...fresh],
        isTyping: open.isTyping && !hasSpoken,
        isGone: open.isGone || isOver,
      });
      for (const event of fresh) this.#settle(session, event);
    }
  }

  /** An own message has come back as an event: its unsent twin goes. */
  #settle(session: string, event: LogEvent): void {
    if (event.kind !== "outbound") return;
    const unsent = this.unsent.get(session);
    if (!unsent?.length) return;
    const named = unsent.find((one) => one.id === event["client"]);
    const alike = unsent.find(
      (one) =>
        one.state !== "refused" &&
        (one.component ? nameIn(event) === one.component.name : one.text === event["text"] && nameIn(event) === null),
    );
    const twin = named ?? (event["client"] === undefined ? alike : undefined);
    if (twin) this.drop(session, twin.id);
  }

  #readTyping(session: string, on: boolean): void {
    const open = this.sessions.get(session);
    if (!open) return;
    clearTimeout(this.#typing.get(session));
    if (on)
      this.#typing.set(
        session,
        setTimeout(() => this.#stopTyping(session), TYPING_LASTS),
      );
    this.sessions.set(session, { ...open, isTyping: on });
  }

  #stopTyping(session: string): void {
    clearTimeout(this.#typing.get(session));
    this.#typing.delete(session);
    const open = this.sessions.get(session);
    if (open?.isTyping) this.sessions.set(session, { ...open, isTyping: false });
  }

  #readAck(id: string): void {
    const command = this.#outbox.get(id);
    if (!command) return;
    this.#outbox.delete(id);
    this.#keepOutbox();
    if (command.type === "accept") this.busy.delete(command.session);
    if (command.type !== "say" && command.type !== "component") return;
    this.#setUnsent(command.session, (unsent) =>
      unsent.map((one) => (one.id === id ? { ...one, state: "acked" } : one)),
    );
    setTimeout(() => this.#dropAcked(command.session, id), EVENT_MAY_LAG);
  }

  #dropAcked(session: string, id: string): void {
    this.#setUnsent(session, (unsent) => unsent.filter((one) => one.id !== id || one.state !== "acked"));
  }

  #readRefused(id: string, code: string, told: string): void {
    const command = this.#outbox.get(id);
    if (!command) return;
    this.#outbox.delete(id);
    this.#keepOutbox();
    const { session } = command;
    if (command.type === "accept" || command.type === "end") {
      this.busy.delete(session);
      this.notice.set({ id, code, told, session });
    } else {
      this.#setUnsent(session, (unsent) =>
        unsent.map((one) => (one.id === id ? { ...one, state: "refused", code, told } : one)),
      );
    }
    // The board this page shows may be what led to the refusal.
    if (this.opened.get() === session) this.#openAgain(session);
  }

  /** A rep whose role may not serve customers is told so, and not tried again and again. */
  #readBye(code: string, told: string): void {
    if (code !== "forbidden") return;
    this.#socket.stop();
    this.barred.set(told || code);
  }

  // Order of the lists

  #list(): void {
    const person = this.person.get();
    const me = person.is === "in" || person.is === "expired" ? `rep:${person.rep.login}` : "";
    const rows = this.#order.map((id) => this.rows.get(id)).filter((row) => row !== undefined);
    this.#setList("waiting", rows.filter(isWaiting).sort(longestFirst));
    this.#setList("mine", rows.filter((row) => row.owner === me).sort(latestFirst));
    this.#setList("all", rows.sort(latestFirst));
  }

  #setList(filter: Filter, rows: Row[]): void {
    const ids = rows.map((row) => row.id);
    const before = this.lists.get(filter) ?? [];
    const isSame = before.length === ids.length && before.every((id, index) => id === ids[index]);
    if (!isSame) this.lists.set(filter, ids);
  }

  #dropOldest(): void {
    const kept = this.sessions.keys();
    for (const id of kept.slice(0, Math.max(0, kept.length - KEPT_SESSIONS)))
      if (id !== this.opened.get()) this.sessions.delete(id);
  }

  // Unsent messages and what outlives a reload

  #addUnsent(session: string, id: string, text: string, component: Offered | null): void {
    const one: Unsent = { id, text, component, at: Date.now(), state: "waiting", code: "", told: "" };
    this.#setUnsent(session, (unsent) => [...unsent, one]);
  }

  #setUnsent(session: string, change: (unsent: readonly Unsent[]) => readonly Unsent[]): void {
    this.unsent.set(session, change(this.unsent.get(session) ?? []));
  }

  #boxed(value: unknown): string | null {
    const person = this.person.get();
    if (person.is !== "in" && person.is !== "expired") return null;
    return JSON.stringify({ login: person.rep.login, value });
  }

  #keepOutbox(): void {
    const said = [...this.#outbox.values()].filter((one) => one.type === "say" || one.type === "component");
    remember(OUTBOX, said.length ? this.#boxed(said) : null, "tab");
  }

  /** Drafts and unsent messages of this rep in this tab come back after a reload. */
  #recall(rep: Rep): void {
    for (const [session, text] of unboxed<[string, string]>(DRAFTS, rep)) this.drafts.set(session, text);
    for (const command of unboxed<CommandFrame>(OUTBOX, rep)) {
      this.#outbox.set(command.id, command);
      if (command.type === "say") this.#addUnsent(command.session, command.id, command.text, null);
      if (command.type === "component") {
        const name = command.name.split("/").at(-1) ?? command.name;
        const sent: Offered = { name, kind: "", bot: null, title: name };
        this.#addUnsent(command.session, command.id, name, sent);
      }
    }
  }
}

function unboxed<T>(key: string, rep: Rep): T[] {
  try {
    const box = JSON.parse(remembered(key, "tab") ?? "null") as { login: string; value: T[] } | null;
    return box?.login === rep.login && Array.isArray(box.value) ? box.value : [];
  } catch {
    return [];
  }
}

function unread(row: Row): OpenSession {
  return {
    id: row.id,
    row,
    isRead: false,
    isGone: false,
    package: null,
    slots: [],
    events: [],
    isTyping: false,
    timeZone: null,
    question: null,
  };
}

/** A slot event since the session was opened changes what is known. */
function withSlot(slots: readonly Slot[], event: LogEvent): readonly Slot[] {
  if (event.kind !== "slot" || typeof event["name"] !== "string") return slots;
  const name = event["name"];
  const others = slots.filter((slot) => slot.name !== name);
  const before = slots.find((slot) => slot.name === name);
  if (event["value"] === null || event["value"] === undefined) return others;
  const slot: Slot = {
    name,
    value: event["label"] || event["value"],
    from: String(event["from"] ?? event["source"] ?? "set"),
    private: event["private"] === true,
    ...(before?.label ? { label: before.label } : {}),
  };
  return before ? slots.map((one) => (one.name === name ? slot : one)) : [...slots, slot];
}

export function isEnd(event: LogEvent): boolean {
  return (event.kind === "session" || event.kind === "status") && event["status"] === "ended";
}

function nameIn(event: LogEvent): string | null {
  const component = event["component"];
  return component && typeof component === "object" && "name" in component ? String(component.name) : null;
}

function longestFirst(one: Row, other: Row): number {
  return (one.since ?? one.last_at).localeCompare(other.since ?? other.last_at);
}

function latestFirst(one: Row, other: Row): number {
  return other.last_at.localeCompare(one.last_at);
}

/** crypto.randomUUID exists on secure pages only, and a desk may be tried over plain HTTP. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
