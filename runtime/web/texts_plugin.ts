import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { parse } from "yaml";

export const LANGUAGES = ["en", "fr", "es"] as const;

const PREFIX = "virtual:texts/";

type Areas = Record<string, Record<string, unknown>>;

/** A page with so little room that its texts go by number: `t("save")` in the files of `sources` becomes `t(3)`. */
interface Numbered {
  area: string;
  sources: string;
}

/**
 * Makes one area of the catalogue in frontdesk/locale importable:
 * `import texts from "virtual:texts/console"` is `{ en: {...}, fr: {...}, es: {...} }`,
 * and of the numbered area a list a language. A page that names one area carries only that area.
 */
export function catalogue(folder: string, numbered: Numbered): Plugin {
  const file = (language: string) => resolve(folder, `${language}.yml`);
  const read = (language: string, area: string) =>
    (parse(readFileSync(file(language), "utf8")) as Areas | null)?.[area];
  return {
    name: "frontdesk-texts",
    enforce: "pre",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      const area = id.slice(PREFIX.length + 1);
      const areas = LANGUAGES.map((language) => {
        this.addWatchFile(file(language));
        return (
          read(language, area) ?? this.error(`${file(language)} has no area \`${area}\`: add it in every language`)
        );
      });
      const keys = Object.keys(areas[0]!);
      const texts = areas.map((texts) => (area === numbered.area ? keys.map((key) => texts[key]) : texts));
      const all = Object.fromEntries(LANGUAGES.map((language, at) => [language, texts[at]]));
      return { code: `export default ${JSON.stringify(all)};`, moduleType: "js" };
    },
    transform(code, id) {
      if (!id.startsWith(`${numbered.sources}/`) || !id.endsWith(".ts")) return undefined;
      const keys = Object.keys(read(LANGUAGES[0], numbered.area) ?? {});
      const withNumbers = code.replace(/\bt\(\s*"(\w+)"/g, (_, key: string) => {
        if (!keys.includes(key)) this.error(`${id}: there is no text \`${numbered.area}.${key}\``);
        return `t(${keys.indexOf(key)}`;
      });
      return withNumbers === code ? undefined : { code: withNumbers, map: null };
    },
  };
}
