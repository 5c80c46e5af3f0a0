const SVG = "http://www.w3.org/2000/svg";

export type Inside = (Node | string | false | null | undefined)[];
type Props = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

/** `el("p.note", {...}, ...)`: `on...` listens, `true` sets an empty attribute, nothing none. Texts are never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  props: Props = {},
  ...inside: Inside
): HTMLElementTagNameMap[K] {
  const [name, look] = tag.split(".") as [K, string?];
  const element = document.createElement(name);
  if (look) element.className = look;
  for (const name in props) {
    const value = props[name];
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if ((value ?? false) !== false) element.setAttribute(name, value === true ? "" : `${value}`);
  }
  element.append(...(inside.filter((part) => part) as (Node | string)[]));
  return element;
}

export function button(look: string, onclick: (event: Event) => void, ...inside: Inside): HTMLButtonElement {
  return el(`button.${look}`, { type: "button", onclick }, ...inside);
}

const PATHS = {
  chat: "M12 3.5a8.5 8.5 0 0 0-7.6 12.3l-.9 4.7 4.7-.9A8.5 8.5 0 1 0 12 3.5M8.5 12h0M12 12h0M15.5 12h0",
  down: "m6 9.5 6 6 6-6",
  save: "M12 4v11m-4.5-4.5 4.5 4.5 4.5-4.5M5 19.5h14",
  end: "M12 3.5v8M7 6.3a8 8 0 1 0 10 0",
  send: "M12 19V5.5m-6 6 6-6 6 6",
  link: "M8 16 16.5 7.5M9.5 7h7.5v7.5",
};

export function icon(name: keyof typeof PATHS): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

const ADDRESS = /\b(https?:\/\/|mailto:|tel:)[^\s<>"]*[^\s<>"'.,;:!?)\]]/gi;

/** A link only where it can do no harm. */
export function safe(address?: string | null): string | undefined {
  return address && /^(https?:\/\/|mailto:|tel:)/i.test(address) ? address : undefined;
}

export function outside(look: string, href: string, ...inside: Inside): HTMLAnchorElement {
  return el(`a.${look}`, { href, target: "_blank", rel: "noopener noreferrer" }, ...inside);
}

/** The text with its addresses as links. */
export function linked(text: string): Inside {
  const parts: Inside = [];
  let from = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    parts.push(text.slice(from, index), outside("", address, address));
    from = index + address.length;
  }
  return [...parts, text.slice(from)];
}
