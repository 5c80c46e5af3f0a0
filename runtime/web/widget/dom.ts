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
  chat: "M12 4a8 8 0 0 0-7 12l-1 4 4-1A8 8 0 1 0 12 4M8 12h0M12 12h0M16 12h0",
  down: "m6 9 6 6 6-6",
  save: "M12 4v11m-4-4 4 4 4-4M5 19h14",
  end: "M12 4v8M7 6a8 8 0 1 0 10 0",
  send: "M12 19V6m-6 6 6-6 6 6",
  link: "m8 16 8-8M10 7h7v7",
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
