/** Small things a browser remembers. Private modes may refuse: then they last as long as the page. */
export function remember(key: string, value: string | null, where: "local" | "tab" = "local"): void {
  try {
    const box = where === "tab" ? sessionStorage : localStorage;
    if (value === null) box.removeItem(key);
    else box.setItem(key, value);
  } catch {
    // Storage is off or full; the page works without.
  }
}

export function remembered(key: string, where: "local" | "tab" = "local"): string | null {
  try {
    return (where === "tab" ? sessionStorage : localStorage).getItem(key);
  } catch {
    return null;
  }
}
