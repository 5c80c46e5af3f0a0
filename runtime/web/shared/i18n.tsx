import { Fragment, useMemo, type ReactNode } from "react";
import { Cell, useCell } from "./keyed";
import { remember, remembered } from "./remembered";

export const LANGUAGES = ["en", "fr", "es"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language by its own name, as a list of languages should show it. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", fr: "Français", es: "Español" };

const KEY = "frontdesk.language";

/** The catalogue that serves a language tag: `fr-CA` is served by `fr`. */
export function served(tag: string | null | undefined): Language | undefined {
  const primary = tag?.toLowerCase().split("-")[0];
  return LANGUAGES.find((language) => language === primary);
}

function first(): Language {
  const wanted = [remembered(KEY), ...navigator.languages];
  for (const tag of wanted) {
    const language = served(tag);
    if (language) return language;
  }
  return "en";
}

export const language = new Cell<Language>(first());

export function isLanguageChosen(): boolean {
  return served(remembered(KEY)) !== undefined;
}

export function chooseLanguage(chosen: Language, keep = true): void {
  language.set(chosen);
  if (keep) remember(KEY, chosen);
  document.documentElement.lang = chosen;
}

document.documentElement.lang = language.get();

export type Values = Record<string, string | number>;

interface Tree {
  [key: string]: string | Tree;
}

/** How dates, times and numbers are written: the browser's own region of that language, if it names one. */
function regional(spoken: Language): string {
  const own = navigator.languages.find((tag) => served(tag) === spoken && tag.includes("-"));
  return own ?? (spoken === "en" ? "en-GB" : spoken);
}

/** One area of the catalogue in one language. */
export class Texts {
  readonly language: Language;
  /** For Intl: the language with its region. */
  readonly locale: string;
  readonly #trees: Record<Language, Tree>;
  readonly #plural: Intl.PluralRules;

  constructor(trees: Record<Language, Tree>, spoken: Language) {
    this.language = spoken;
    this.locale = regional(spoken);
    this.#trees = trees;
    this.#plural = new Intl.PluralRules(spoken);
  }

  // Arrow functions, so that `const { t } = useTexts()` works.
  readonly has = (key: string): boolean => this.#find(key) !== undefined;

  /** The text under `key`, filled with `values`; a plural is chosen by `n`. */
  readonly t = (key: string, values: Values = {}): string =>
    this.#form(key, values).replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));

  /** The same with elements for values: `{name}` may be a `<b>`. */
  readonly rich = (key: string, values: Record<string, ReactNode>): ReactNode[] =>
    this.#form(key, values)
      .split(/\{(\w+)\}/)
      .map((part, index) => <Fragment key={index}>{index % 2 ? values[part] : part}</Fragment>);

  #find(key: string): string | Tree | undefined {
    for (const spoken of [this.language, "en"] as const) {
      let node: string | Tree | undefined = this.#trees[spoken];
      for (const name of key.split(".")) node = typeof node === "object" ? node[name] : undefined;
      if (node !== undefined) return node;
    }
    return undefined;
  }

  #form(key: string, values: Record<string, unknown>): string {
    const found = this.#find(key);
    if (typeof found === "string") return found;
    const form = found?.[this.#plural.select(Number(values["n"] ?? 0))] ?? found?.["other"];
    return typeof form === "string" ? form : key;
  }
}

/** A hook that speaks one area: `const useTexts = speaking(area)`. */
export function speaking(trees: Record<Language, Tree>): () => Texts {
  return function useTexts() {
    const spoken = useCell(language);
    return useMemo(() => new Texts(trees, spoken), [spoken]);
  };
}
