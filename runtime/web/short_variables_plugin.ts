import type { Plugin } from "vite";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/**
 * Gives the variables of a style sheet names of one letter: the widget has little room.
 * Those a site sets (`--fd-...`) keep theirs.
 */
export function shortVariables(file: string): Plugin {
  return {
    name: "frontdesk-short-variables",
    enforce: "pre",
    transform(code, id) {
      if (id.split("?")[0] !== file) return undefined;
      const names = [...new Set(code.match(/--(?!fd-)[a-z][\w-]*/g))];
      if (names.length > LETTERS.length) this.error(`${file} has more than ${LETTERS.length} variables`);
      const short = (name: string) => `--${LETTERS[names.indexOf(name)]!}`;
      return { code: code.replace(/--(?!fd-)[a-z][\w-]*/g, short), map: null };
    },
  };
}
