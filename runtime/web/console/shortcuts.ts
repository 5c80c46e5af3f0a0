import { useEffect, useEffectEvent } from "react";
import { Cell } from "../shared/keyed";
import { remember, remembered } from "../shared/remembered";

const KEY = "frontdesk.shortcuts";

/** Single keys can be turned off, for those whose software types them. */
export const shortcutsOn = new Cell(remembered(KEY) !== "off");

export function turnShortcuts(on: boolean): void {
  shortcutsOn.set(on);
  remember(KEY, on ? null : "off");
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

function isOverlaid(): boolean {
  return document.querySelector("[role=dialog], [role=alertdialog], [role=menu], [role=listbox]") !== null;
}

/** Single-key shortcuts of the page. Escape works while typing too. */
export function useShortcuts(on: boolean, acts: Record<string, () => void>): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (!on || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || isOverlaid()) return;
    if (event.key === "Escape" ? isTyping(event.target) && blurred(event.target) : isTyping(event.target)) return;
    if (event.key !== "Escape" && !shortcutsOn.get()) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => press(event);
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

/** The first Escape leaves the field, so that single keys work again. */
function blurred(target: EventTarget | null): boolean {
  if (target instanceof HTMLElement) target.blur();
  document.querySelector<HTMLElement>(".talk")?.focus();
  return true;
}
