import { drawn, settle, unsettle } from "./components.ts";
import { button, el, linked } from "./dom.ts";
import type { Component, LogEvent, Reply } from "./frames.ts";
import type { Unsent } from "./kept.ts";
import type { Texts } from "./texts.ts";

type Answer = { to: string; choose?: string | null; value?: string | number | null };

/** The conversation as it stands on the page, and as lines to take away. */
export function transcriptOf(
  texts: Texts,
  answer: (reply: Reply, label: string) => void,
  tryAgain: (unsent: Unsent) => void,
) {
  const { t, date, day } = texts;
  const greeting = el("p.greeting", {}, t("greeting"));
  const events = el("div");
  const onTheWay = el("div");
  const dots = el("div.typing", { hidden: true });
  // Seen while it grows, but not read out: the log says the message when it is whole.
  const drafted = el("div.draft", { "aria-hidden": "true" });
  const log = el(
    "div.log",
    { role: "log", "aria-labelledby": "title", tabindex: "0" },
    greeting,
    events,
    onTheWay,
    drafted,
  );
  const root = el("div.scroll", {}, dots, log);
  let lines: string[] = [];
  let lastAuthor = "";
  let lastDay = "";
  let typingEnds = 0;

  function toEnd(): void {
    root.scrollTop = 0;
  }

  const time = (at: Date) => date(at, { dateStyle: "short", timeStyle: "short" });
  /** What stands there under the id of a message. */
  const find = <E extends HTMLElement = HTMLElement>(id: string) => root.querySelector<E>(`[name="${id}"]`);

  const named = (author: string) => author !== lastAuthor && el("p.author", {}, el("bdi", {}, author));

  function put(author: string, look: string, text: string, title?: string): void {
    if (author) events.append(named(author) || "");
    lastAuthor = author;
    if (text) events.append(el(`p.${look}`, { dir: "auto", title }, ...linked(text)));
  }

  function note(text: string): void {
    put("", "note", text);
    lines.push(`- ${text}`);
  }

  function say(look: string, author: string, text: string, at: Date): void {
    if (day(at) !== lastDay) {
      put("", "note", (lastDay = day(at)));
    }
    put(look === "mine" ? "" : author, look, text, time(at));
    lines.push(`${time(at)} ${author}: ${text}`);
  }

  function show(message: string, component: Component): void {
    for (const { label } of component.options ?? component.suggestions ?? []) lines.push(`    - ${label}`);
    if (component.url) lines.push(`    ${component.url}`);
    const element = drawn(component, texts, (picked, label) => answer({ to: message, ...picked }, label));
    if (element) events.append(element);
    element?.setAttribute("name", message);
  }

  function answered({ to, choose, value }: Answer, label?: string | null): void {
    const component = find<HTMLFieldSetElement>(to);
    if (component) settle(component, choose ?? value, label);
  }

  /** The desk says when it stops; if that is lost, nothing half written must stay. */
  function stopsIn(seconds: number): void {
    clearTimeout(typingEnds);
    typingEnds = window.setTimeout(typing, seconds * 1000);
  }

  function typing(name = ""): void {
    stopsIn(8);
    dots.hidden = !name;
    if (name) return dots.replaceChildren(el("span.vh", {}, t("typing", { name })), el("i"), el("i"), el("i"));
    clearTimeout(typingEnds);
    drafted.replaceChildren();
  }

  return {
    root,
    log,
    typing,
    /** What the author has written so far of a message; nothing: it is taken back. */
    draft(author: string, text: string | null): void {
      drafted.replaceChildren();
      if (!text) return;
      drafted.append(named(author) || "", el("p.theirs", { dir: "auto" }, text, el("i")));
      stopsIn(60);
    },
    lines: () => lines,
    clear(): void {
      events.replaceChildren();
      lines = [];
      lastAuthor = lastDay = "";
    },
    add(event: LogEvent): void {
      greeting.hidden = true;
      const at = new Date(event.at);
      if (event.kind === "inbound") {
        const { text, reply, client } = event;
        say("mine", t("you"), text || reply?.label || reply?.value || "", at);
        if (reply) answered(reply, reply.label);
        if (client) find(client)?.remove();
      } else if (event.kind === "outbound") {
        const { text, component, author, message } = event;
        typing();
        say("theirs", author.name, text || component?.text || "", at);
        if (component) show(message, component);
      } else if (event.kind === "answered") answered({ ...event, to: event.message }, event.label);
      else if (event.kind === "owner") {
        const { kind, name } = event.owner;
        if (kind === "rep") note(t("to_rep", { name }));
        if (kind === "queue") note(t("to_queue"));
      } else if (event.status === "ended") {
        note(t("ended"));
        events.querySelectorAll("fieldset").forEach((component) => settle(component));
      }
    },
    /** A message on its way: below everything until it comes back as an event. */
    sending(unsent: Unsent): void {
      const { id, label, reply } = unsent;
      if (find(id)) return;
      greeting.hidden = true;
      lastAuthor = "";
      const meta = el(
        "div.meta",
        {},
        el("span", {}, t("sending")),
        button("", () => tryAgain(unsent), t("retry")),
      );
      onTheWay.append(el("div.sending", { name: id }, el("p.mine", { dir: "auto" }, label), meta));
      if (reply) answered(reply, label);
      toEnd();
    },
    /** The desk has it; the event with it follows. */
    acked(client: string): void {
      const bubble = find(client);
      if (bubble) bubble.className = "";
    },
    forget(client: string): void {
      find(client)?.remove();
    },
    refused({ id, reply }: Unsent, why: string): void {
      const bubble = find(id);
      const component = reply && find<HTMLFieldSetElement>(reply.to);
      if (component) unsettle(component);
      if (!bubble) return;
      bubble.className = "refused";
      bubble.querySelector("span")!.replaceWith(el("span", { role: "alert" }, why));
      toEnd();
    },
  };
}
