import { button, el, icon, outside, safe } from "./dom.ts";
import type { Component, Option, Reply } from "./frames.ts";
import type { Texts } from "./texts.ts";

/** What a customer picked, and how it reads. */
export type Picked = (answer: Omit<Reply, "to">, label: string) => void;

/** The component as it stands in the conversation, or nothing where its text says it all. */
export function drawn(component: Component, texts: Texts, picked: Picked): HTMLElement | undefined {
  const { kind } = component;
  return kind === "choices"
    ? choices(component, picked)
    : kind === "date_picker"
      ? datePicker(component, texts, picked)
      : kind === "link"
        ? linkCard(component)
        : undefined;
}

/** Show a component as answered: nothing to press any more, and what was picked marked. */
export function settle(component: HTMLElement, value?: string | null, label?: string | null): void {
  if (component.querySelector(".picked")) return;
  answerable(component, false);
  const option = value && component.querySelector(`[data-id="${CSS.escape(value)}"]`);
  if (option) {
    option.classList.add("picked");
    option.ariaPressed = "true";
    option.prepend(icon("check"));
  } else if (label) component.append(el("p.picked", { dir: "auto" }, icon("check"), label));
}

/** Make a component answerable again: the desk refused the answer. */
export function unsettle(component: HTMLElement): void {
  answerable(component, true);
  const picked = component.querySelector(".picked");
  if (!picked) return;
  picked.firstChild!.remove();
  picked.classList.remove("picked");
  picked.ariaPressed = null;
  if (picked.tagName === "P") picked.remove();
}

function answerable(component: HTMLElement, can: boolean): void {
  component.classList.toggle("done", !can);
  for (const option of component.querySelectorAll("button")) option.disabled = !can;
  for (const form of component.querySelectorAll("form")) form.hidden = !can;
}

function group(look: string, label: string | undefined, ...inside: (Node | false)[]): HTMLElement {
  return el(`div.part ${look}`, { role: "group", "aria-label": label }, ...inside);
}

function choices({ text, options = [] }: Component, picked: Picked): HTMLElement {
  const drawOption = ({ id, label, description }: Option) => {
    const option = button(
      "",
      () => picked({ choose: id }, label),
      el("bdi", {}, label),
      description && el("small", { dir: "auto" }, description),
    );
    option.dataset["id"] = id;
    return option;
  };
  return group(options.some(({ description }) => description) ? "rows" : "pills", text, ...options.map(drawOption));
}

function datePicker(
  { text, suggestions = [], min, max, excluded = [] }: Component,
  { t, day }: Texts,
  picked: Picked,
): HTMLElement {
  const slot = ({ id, label }: Option) => {
    const [first, ...rest] = label.split(" ");
    const option = button(
      "",
      () => picked({ value: id }, label),
      el("small", {}, `${first} `),
      el("b", {}, rest.join(" ")),
    );
    option.dataset["id"] = id;
    return option;
  };
  const input = el("input", { type: "date", required: true, min, max });
  // Empty, too early and too late are the browser's own to say.
  input.oninput = () => input.setCustomValidity(excluded.includes(input.value) ? t("day_taken") : "");
  const answer = (event: Event) => {
    event.preventDefault();
    picked({ value: input.value }, day(new Date(`${input.value}T12:00`)));
  };
  return group(
    "days",
    text,
    el("div.slots", {}, ...suggestions.slice(0, 3).map(slot)),
    el("form", { onsubmit: answer }, el("label", {}, t("day"), input), el("button", {}, t("choose"))),
  );
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
