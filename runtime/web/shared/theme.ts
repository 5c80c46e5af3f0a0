import { Cell } from "./keyed";
import { remember, remembered } from "./remembered";

export type Theme = "light" | "dark" | "system";

const KEY = "frontdesk.theme";

function read(): Theme {
  const kept = remembered(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export const theme = new Cell<Theme>(read());

/** Writes the choice where the style sheets look: `:root[data-theme]`. */
function show(): void {
  const chosen = theme.get();
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  remember(KEY, chosen === "system" ? null : chosen);
  show();
}

show();
