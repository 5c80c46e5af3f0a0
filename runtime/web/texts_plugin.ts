import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { parse } from "yaml";

export const LANGUAGES = ["en", "fr", "es"] as const;

const PREFIX = "virtual:texts/";

/**
 * Makes one area of the catalogue in frontdesk/locale importable:
 * `import texts from "virtual:texts/console"` is `{ en: {...}, fr: {...}, es: {...} }`.
 * A page that names one area carries only that area.
 */
export function catalogue(folder: string): Plugin {
  const file = (language: string) => resolve(folder, `${language}.yml`);
  return {
    name: "frontdesk-texts",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      const area = id.slice(PREFIX.length + 1);
      const areas = LANGUAGES.map((language) => {
        this.addWatchFile(file(language));
        const all = parse(readFileSync(file(language), "utf8")) as Record<string, Record<string, unknown>> | null;
        const texts = all?.[area];
        if (!texts) this.error(`${file(language)} has no area \`${area}\`: add it in every language`);
        return texts;
      });
      // The keys once and each language as a list in their order: the widget has little room.
      const keys = Object.keys(areas[0]!);
      const lists = areas.map(
        (texts, at) => `${LANGUAGES[at]}: texts(${JSON.stringify(keys.map((key) => texts[key]))})`,
      );
      return {
        code: `const keys = ${JSON.stringify(keys.join(" "))}.split(" ");
          const texts = (list) => Object.fromEntries(list.map((text, at) => [keys[at], text]));
          export default { ${lists.join(", ")} };`,
        moduleType: "js",
      };
    },
  };
}
