/** The texts of a page without React: elements name their text in `data-t`. */

type Languages = Record<"en" | "fr" | "es", TextTree>;

/** The first language of the browser that the page speaks. */
export function pageLanguage(): keyof Languages {
  const primary = navigator.languages.map((tag) => tag.split("-", 1)[0]);
  return (primary.find((tag) => tag === "en" || tag === "fr" || tag === "es") ?? "en") as keyof Languages;
}

/** A text by its dotted key. */
export function textOf(texts: TextTree, key: string): string {
  let found: string | TextTree | undefined = texts;
  for (const part of key.split(".")) found = typeof found === "object" ? found[part] : undefined;
  return typeof found === "string" ? found : key;
}

/** `like this` in a text becomes code; everything else is text. */
export function withCode(text: string): (Node | string)[] {
  return text.split("`").map((part, at) => {
    if (at % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
}

/** Put the texts of the reader's language where the page names them. */
export function fill(languages: Languages): TextTree {
  const language = pageLanguage();
  const texts = languages[language];
  document.documentElement.lang = language;
  document.title = textOf(texts, "title");
  for (const element of document.querySelectorAll<HTMLElement>("[data-t]"))
    element.append(...withCode(textOf(texts, element.dataset["t"]!)));
  for (const element of document.querySelectorAll<HTMLElement>("[data-label]"))
    element.ariaLabel = textOf(texts, element.dataset["label"]!);
  return texts;
}
