import catalogue from "virtual:texts/widget";

export type Texts = ReturnType<typeof textsIn>;

const primary = (tag: string) => tag.split("-")[0] as "en";

/** The texts in the first language of `wanted` that there is, else English, and dates as that language writes them. */
export function textsIn(wanted: readonly string[]) {
  const language = wanted.find((tag) => catalogue[primary(tag)]) ?? "en";
  const texts = catalogue[primary(language)];
  // Days as the customer's own region writes them.
  const region = navigator.languages.find((tag) => primary(tag) === primary(language)) ?? language;
  return {
    /** The build writes a key as its number (`texts_plugin.ts`): there are lists of texts here, and no keys. */
    t(key: string, values: Record<string, string | number> = {}): string {
      let text = texts[key]!;
      // Only what is more than nothing is counted here: so far our languages agree.
      if (typeof text === "object") text = text[values["n"] === 1 ? "one" : "other"]!;
      return (text as string).replace(/{(\w+)}/g, (_, name: string) => `${values[name]}`);
    },
    date: (at: Date, options: Intl.DateTimeFormatOptions) => at.toLocaleString(region, options),
    day: (at: Date) => at.toLocaleString(region, { weekday: "long", day: "numeric", month: "long" }),
  };
}
