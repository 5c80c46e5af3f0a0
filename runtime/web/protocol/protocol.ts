import texts from "virtual:texts/protocol";
import "../shared/tokens.css";
import "./protocol.css";
import { fill, textOf, withCode } from "../shared/fill.ts";
import { CODE, COMPONENTS, RECEIVE, SEND, type Frame } from "./frames.ts";

const mine = fill(texts);
const t = (key: string) => textOf(mine, key);

function el(tag: string, look = "", ...inside: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  if (look) element.className = look;
  element.append(...inside);
  return element;
}

const all = <E extends HTMLElement>(selector: string) => document.querySelectorAll<E>(selector);

/** JSON as a few words to a line, keys and strings told apart. */
function json(value: object): HTMLElement {
  const lines = JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, " ")
    .replace(/([[{]) | ([\]}])/g, "$1$2");
  return code(lines);
}

function code(source: string): HTMLElement {
  const block = el("code");
  for (const part of source.split(/("[^"\n]*"(?:\s*:)?)/)) {
    const look = /:$/.test(part) ? "key" : part.startsWith('"') ? "string" : "";
    block.append(look ? el("span", look, part) : part);
  }
  return block;
}

function table(head: string[], rows: [string, string][]): HTMLElement {
  const line = (cell: string, parts: (Node | string)[][]) =>
    el("tr", "", ...parts.map((part) => el(cell, "", ...part)));
  return el(
    "table",
    "",
    el(
      "thead",
      "",
      line(
        "th",
        head.map((text) => [text]),
      ),
    ),
    el("tbody", "", ...rows.map(([name, text]) => line("td", [[el("code", "", name)], withCode(text)]))),
  );
}

/** A part of the catalogue that is itself a list: what is named, and what it means. */
function entries(key: string): [string, string][] {
  let found: TextTree | string | undefined = mine;
  for (const part of key.split(".")) found = typeof found === "object" ? found[part] : undefined;
  return typeof found === "object" ? Object.entries(found).map(([name, text]) => [name, String(text)]) : [];
}

function scrolling(inside: HTMLElement, name: string): HTMLElement {
  const region = el("div", "wide", inside);
  region.tabIndex = 0;
  region.role = "region";
  region.ariaLabel = name;
  return region;
}

function framed(area: string, { name, example, fields }: Frame): HTMLElement {
  const rows = fields.map((field): [string, string] => [field, t(`${area}.${name}.${field}`)]);
  return el(
    "article",
    "frame",
    el("h3", "", el("code", "", name)),
    el("p", "", ...withCode(t(`${area}.${name}.what`))),
    el("pre", "", json(example)),
    ...(rows.length ? [table([t("field"), t("meaning")], rows)] : []),
  );
}

for (const pre of all("[data-code]")) pre.append(code(CODE[pre.dataset["code"]!] ?? ""));
for (const block of all("[data-table]"))
  block.append(
    scrolling(
      table([t("name"), t("meaning")], entries(block.dataset["table"]!)),
      block.closest("section")?.querySelector("h2")?.textContent ?? "",
    ),
  );
for (const list of all("[data-list]"))
  list.append(...entries(list.dataset["list"]!).map(([, text]) => el("li", "", ...withCode(text))));
for (const block of all("[data-frames]")) {
  const area = block.dataset["frames"]!;
  const frames = { send: SEND, receive: RECEIVE, components: COMPONENTS }[area] ?? [];
  block.append(...frames.map((frame) => framed(area, frame)));
}
for (const pre of all("pre")) pre.dir = "ltr";
for (const pre of all("[data-code]")) pre.tabIndex = 0;
for (const nav of all(".contents")) {
  for (const section of all("main > section")) {
    const link = el("a", "", section.querySelector("h2")?.textContent ?? "") as HTMLAnchorElement;
    link.href = `#${section.id}`;
    nav.append(link);
  }
}
