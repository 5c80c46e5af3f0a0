import { button, el, icon, type Inside, outside, safe } from "./dom.ts";
import type { Component, Option, Reply } from "./frames.ts";
import type { Texts } from "./texts.ts";

/** What a customer picked, and how it reads. */
export type Picked = (answer: Omit<Reply, "to">, label: string) => void;

/** The component as it stands in the conversation, or nothing where its text says it all. */
export function drawn(component: Component, texts: Texts, picked: Picked): HTMLElement | undefined {
  const { kind, text, options = [], extra = [] } = component;
  if (kind === "link") return linkCard(component);
  // Every question may have options besides its own: to skip it, to be given a person.
  const isExtra = ({ id }: Option) => extra.includes(id);
  const own = { ...component, options: options.filter((option) => !isExtra(option)) };
  const asked = ASKED[kind]?.(own, texts, picked) ?? [];
  return el("fieldset.part", { "aria-label": text }, ...asked, pills(options.filter(isExtra), picked));
}

/** Show a component as answered: nothing to press any more, and what was picked marked. */
export function settle(component: HTMLFieldSetElement, value?: string | number | null, label?: string | null): void {
  if (component.disabled) return;
  component.disabled = true;
  const option = component.querySelector(`[value="${CSS.escape(`${value}`)}"]`);
  if (option) option.ariaPressed = "true";
  else if (label) component.append(el("p", { dir: "auto" }, label));
}

/** Make a component answerable again: the desk refused the answer. */
export function unsettle(component: HTMLFieldSetElement): void {
  component.disabled = false;
  component.querySelector("p")?.remove();
  component.querySelector("[aria-pressed]")?.removeAttribute("aria-pressed");
}

type Draw = (component: Component, texts: Texts, picked: Picked) => Inside;

const ASKED: Record<string, Draw> = {
  choices: ({ options = [] }, _, picked) => [pills(options, picked)],
  date_picker({ suggestions = [], min, max, excluded = [] }, { t, day }, picked) {
    // A day in two lines.
    const slot = ({ id, label }: Option) => {
      const [first, ...rest] = label.split(" ");
      return pick(id, () => picked({ value: id }, label), el("small", {}, `${first} `), el("b", {}, rest.join(" ")));
    };
    const input = el("input", { type: "date", required: true, min, max });
    // Empty, too early and too late are the browser's own to say.
    input.oninput = () => input.setCustomValidity(excluded.includes(input.value) ? t("taken") : "");
    const answer = () => picked({ value: input.value }, day(new Date(`${input.value}T12:00`)));
    return [
      el("div.slots", {}, ...suggestions.slice(0, 3).map(slot)),
      form(t, answer, el("label", {}, el("bdi", {}, t("day")), input)),
    ];
  },
  number({ suggestions = [], min, max, step, unit, hint }, { t }, picked) {
    const input = el("input", { type: "number", required: true, min, max, step });
    const by = (n: number, sign: string) => step !== "any" && button("tool", () => input.stepUp(n), sign);
    const answer = () => picked({ value: input.value }, `${input.value} ${unit}`);
    const label = el("label", {}, el("bdi", {}, hint), input);
    return [pills(suggestions, picked), form(t, answer, label, by(-1, "−"), by(1, "+"))];
  },
  rating({ options = [], style, low, high }, { t }, picked) {
    let chosen: Option;
    const draw = (point: Option) => {
      const onchange = () => (chosen = point);
      const input = { type: "radio", name: "point", required: true, "aria-label": point.label, onchange };
      return el("label", {}, el("input.vh", input), point.sign);
    };
    const answer = () => picked({ value: chosen.id }, chosen.label);
    const ends = el("small.ends", { "aria-hidden": "true" }, el("bdi", {}, low), el("bdi", {}, high));
    return [form(t, answer, el(`div.points ${style}`, {}, ...options.map(draw)), ends)];
  },
};

function pick(id: string, onclick: () => void, ...inside: Inside): HTMLElement {
  return el("button", { type: "button", value: id, onclick }, ...inside);
}

function pills(options: Option[], picked: Picked): HTMLElement | undefined {
  const look = options.some(({ description }) => description) ? "rows" : "pills";
  const draw = ({ id, label, description }: Option) =>
    pick(
      id,
      () => picked({ choose: id }, label),
      el("bdi", {}, label),
      description && el("small", { dir: "auto" }, description),
    );
  return options[0] && el(`div.${look}`, {}, ...options.map(draw));
}

function form(t: Texts["t"], answer: () => void, ...inside: Inside): HTMLElement {
  const onsubmit = (event: Event) => {
    event.preventDefault();
    answer();
  };
  return el("form", { onsubmit }, ...inside, el("button", {}, t("choose")));
}

function linkCard({ title, url, description, image }: Component): HTMLElement | undefined {
  const href = safe(url);
  if (!href) return undefined;
  return outside(
    "part card",
    href,
    safe(image) && el("img", { src: image, alt: "" }),
    el(
      "span",
      {},
      el("b", { dir: "auto" }, title || href),
      el("small", { dir: "auto" }, description || href.split("/")[2]),
    ),
    icon("link"),
  );
}
