import { button, el, icon } from "./dom.ts";
import type { FromDesk, Owner, ToDesk } from "./frames.ts";
import { storeIn, type Unsent } from "./kept.ts";
import { linkTo, type LinkState } from "./link.ts";
import look from "./look.css?inline";
import { textsIn } from "./texts.ts";
import { transcriptOf } from "./transcript.ts";

const TYPING_EVERY = 3_000;

const sheet = new CSSStyleSheet();
sheet.replaceSync(look);

/**
 * `<frontdesk-chat channel="site">`: the chat of a desk on any page.
 * Attributes: `channel`; `server` (where this script came from); `language`; `name` (until the desk says its own);
 * `theme` (light, dark, auto = the system's; without it the page's); `opened` (from the start).
 */
class FrontdeskChat extends HTMLElement {
  #chat?: ReturnType<typeof chatIn>;

  connectedCallback(): void {
    this.#chat = chatIn(this, this.shadowRoot ?? this.attachShadow({ mode: "open" }));
  }

  disconnectedCallback(): void {
    this.#chat?.leave();
  }

  open(): void {
    this.#chat?.open();
  }

  close(): void {
    this.#chat?.close();
  }
}

function chatIn(host: HTMLElement, root: ShadowRoot) {
  const attribute = (name: string) => host.getAttribute(name);
  const base = (attribute("server") || new URL(import.meta.url).origin).replace(/\/$/, "");
  const channel = attribute("channel") || "site";
  const wanted = [attribute("language"), document.documentElement.lang, ...navigator.languages].filter((tag) => tag);
  const texts = textsIn(wanted as string[]);
  const { t, date } = texts;
  const store = storeIn(`frontdesk:${base}:${channel}`);

  let last = 0;
  let caughtUp = 0;
  let unread: number[] = [];
  let limit = 4000;
  let place = 0;
  let state: LinkState = "off";
  let apart = false;
  let typed = 0;

  const transcript = transcriptOf(texts, (reply, label) => post({ reply }, label), tryAgain);
  const link = linkTo(base, channel, {
    hello: () => ({
      type: "hello",
      channel,
      token: store.read().token,
      last,
      language: wanted[0] || "en",
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      page: location.href,
    }),
    unsent: () => store.read().outbox.map(asFrame),
    take,
    change: changed,
    forget() {
      store.change({ token: null, seen: 0 });
      reset();
    },
    refused(text) {
      const [first] = store.read().outbox;
      if (first) refuse(first.id, text);
    },
  });

  const tool = (label: string, sign: Parameters<typeof icon>[0], act: () => void) => {
    const made = button("tool", act, icon(sign));
    made.ariaLabel = made.title = label;
    return made;
  };
  const face = el("b.face", { "aria-hidden": "true" });
  const title = el("div.name", { id: "title", dir: "auto" });
  const answering = el("div.answering", {}, t("idle"));
  const notice = el("div.notice", { role: "status" });
  const problem = el("p.wrong", { role: "alert" });
  const input = el("textarea", { rows: "1", dir: "auto", "aria-label": t("write"), placeholder: t("write") });
  const composer = el("form.composer", {}, input, tool(t("send"), "send", write));
  const foot = el("div.foot");
  const panel = el(
    "div.panel",
    { id: "panel", role: "dialog", "aria-labelledby": "title", tabindex: "-1", hidden: true },
    el(
      "div.head",
      {},
      face,
      el("div.who", {}, title, answering),
      tool(t("save"), "save", save),
      tool(t("end"), "end", askToEnd),
      tool(t("close"), "down", close),
    ),
    notice,
    transcript.root,
    foot,
  );
  const badge = el("span.badge", { role: "status" });
  const launcher = button("launcher", () => (panel.hidden ? open() : close()), icon("chat"), icon("down"));
  launcher.ariaLabel = t("launcher");
  launcher.ariaExpanded = "false";
  launcher.setAttribute("aria-controls", "panel");

  input.oninput = () => {
    problem.textContent = "";
    if (Date.now() - typed < TYPING_EVERY) return;
    typed = Date.now();
    link.send({ type: "typing" });
  };
  input.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    write();
  };
  composer.onsubmit = (event) => event.preventDefault();
  panel.onkeydown = (event) => {
    if (event.key === "Escape") close();
  };

  call(attribute("name") || t("launcher"));
  compose();
  tell();
  root.adoptedStyleSheets = [sheet];
  root.replaceChildren(panel, launcher, badge);

  const gone = new AbortController();
  const hear = (target: EventTarget, name: string, act: (event: Event) => void) =>
    target.addEventListener(name, act, { signal: gone.signal });
  hear(window, "online", link.wake);
  hear(window, "offline", link.cut);
  hear(window, "storage", otherTab);
  hear(document, "visibilitychange", () => {
    if (document.hidden) return;
    link.wake();
    looked();
  });
  // Who never wrote costs the desk nothing until the chat is opened.
  if (store.read().token) link.start();
  if (host.hasAttribute("opened")) open();

  function open(): void {
    panel.hidden = false;
    launcher.ariaExpanded = "true";
    store.read().outbox.forEach(show);
    link.start();
    focus();
    looked();
  }

  function close(): void {
    panel.hidden = true;
    launcher.ariaExpanded = "false";
    launcher.focus();
  }

  /** Where one goes on: the text field, but a phone's keyboard only comes when asked for. */
  function focus(): void {
    (composer.isConnected && matchMedia("(pointer: fine)").matches ? input : panel).focus({ preventScroll: true });
  }

  function call(name: string): void {
    title.textContent = name;
    face.textContent = name.slice(0, 1).toUpperCase();
  }

  function take(frame: FromDesk): void {
    if (frame.type === "welcome") {
      if (frame.token !== store.read().token) store.change({ token: frame.token });
      if (frame.name) call(frame.name);
      if (frame.owner) owned(frame.owner);
      limit = frame.limits?.text ?? limit;
      // What happened before is there to be read, not to be read out.
      caughtUp = frame.last;
      transcript.log.ariaBusy = `${caughtUp > last}`;
    } else if (frame.type === "event") {
      if (frame.id <= last) return;
      last = frame.id;
      transcript.add(frame);
      if (frame.kind === "inbound") {
        if (frame.client) store.drop(frame.client);
        compose();
      } else if (frame.kind === "outbound") unread.push(last);
      else if (frame.kind === "owner") owned(frame.owner);
      else if (frame.kind === "session") compose(frame.status === "ended");
      if (last >= caughtUp) transcript.log.ariaBusy = "false";
      looked();
    } else if (frame.type === "ack") {
      store.drop(frame.id);
      transcript.acked(frame.id);
    } else if (frame.type === "refused") refuse(frame.id, frame.text);
    else if (frame.type === "typing") transcript.typing(frame.on ? frame.author.name : "");
    else if (frame.type === "draft") transcript.draft(frame.author.name, frame.text);
    else if (frame.type === "queue") {
      place = frame.position;
      tell();
    } else if (frame.type === "reset") reset();
  }

  function reset(): void {
    last = place = 0;
    unread = [];
    transcript.clear();
    compose();
    tell();
  }

  function write(): void {
    const text = input.value.trim();
    const tooLong = text.length > limit;
    problem.textContent = tooLong ? t("long", { limit }) : "";
    if (!text || tooLong) return;
    input.value = "";
    typed = 0;
    post({ text }, text);
  }

  function post(what: Pick<Unsent, "text" | "reply" | "end">, label: string): void {
    const unsent: Unsent = { id: newId(), at: new Date().toISOString(), label, ...what };
    store.change({ outbox: [...store.read().outbox, unsent] });
    show(unsent);
    link.send(asFrame(unsent));
    focus();
  }

  function show(unsent: Unsent): void {
    if (!unsent.end) transcript.sending(unsent);
  }

  function tryAgain({ id, text, reply, label }: Unsent): void {
    if (store.read().outbox.some((unsent) => unsent.id === id)) return link.wake();
    transcript.forget(id);
    post({ text, reply }, label);
  }

  function refuse(id: string, why: string): void {
    const unsent = store.drop(id);
    if (unsent) transcript.refused(unsent, why);
  }

  /** The customer may have read what there is: say so, in every tab and to the desk. */
  function looked(): void {
    const { seen } = store.read();
    unread = unread.filter((id) => id > seen);
    const newest = unread.at(-1);
    if (newest && !panel.hidden && !document.hidden) {
      store.change({ seen: newest });
      link.send({ type: "seen", id: newest });
      unread = [];
    }
    const n = unread.length;
    badge.replaceChildren();
    if (n)
      badge.append(el("b", { "aria-hidden": "true" }, n > 9 ? "9+" : `${n}`), el("span.vh", {}, t("unread", { n })));
  }

  /** Another tab wrote: a message, or what was seen there. */
  function otherTab(): void {
    const { outbox, token } = store.read();
    outbox.forEach(show);
    if (token) link.start();
    looked();
  }

  function owned({ kind, name }: Owner): void {
    answering.textContent =
      kind === "bot"
        ? t("by_bot", { name })
        : kind === "rep"
          ? t("by_rep", { name })
          : kind === "queue"
            ? t("by_queue")
            : t("idle");
    if (kind !== "queue") place = 0;
    tell();
  }

  function changed(next: LinkState): void {
    panel.dataset["link"] = state = next;
    transcript.typing();
    apart = state === "waiting" || state === "blocked" || (apart && state === "connecting");
    tell();
  }

  /** One line under the header: what is wrong, else the place in the queue. */
  function tell(): void {
    notice.classList.toggle("bad", apart);
    notice.textContent = apart
      ? state === "blocked"
        ? t("blocked")
        : navigator.onLine
          ? t("lost")
          : t("offline")
      : place
        ? t("place", { n: place })
        : "";
  }

  function compose(ended?: boolean): void {
    if (ended) foot.replaceChildren(button("main", goOn, t("again")));
    else if (!composer.isConnected) foot.replaceChildren(problem, composer);
  }

  function goOn(): void {
    compose();
    focus();
  }

  function askToEnd(): void {
    const end = () => {
      compose();
      post({ end: true }, "");
    };
    foot.replaceChildren(el("p", {}, t("sure")), button("quiet", goOn, t("stay")), button("main", end, t("end")));
    foot.querySelector("button")!.focus();
  }

  function save(): void {
    const name = title.textContent!;
    const lines = [name, date(new Date(), { dateStyle: "full" }), "", ...transcript.lines(), ""];
    const href = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/plain" }));
    el("a", { href, download: `${name}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }

  function leave(): void {
    gone.abort();
    link.stop();
  }

  return { open, close, leave };
}

function asFrame({ id, at, text, reply, end }: Unsent): ToDesk {
  return end ? { type: "end", id } : { type: "send", id, at, text, reply };
}

/** A random id; crypto.randomUUID is missing on pages without TLS, such as a shop's own network. */
function newId(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

if (!customElements.get("frontdesk-chat")) customElements.define("frontdesk-chat", FrontdeskChat);
