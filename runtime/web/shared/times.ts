/** Times as a person reads them, in one language. `Intl` objects are dear, so each is made once. */
const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

function date(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  const known = made.get(key);
  if (known instanceof Intl.DateTimeFormat) return known;
  const format = new Intl.DateTimeFormat(language, options);
  made.set(key, format);
  return format;
}

function unit(language: string, count: number, name: string): string {
  const key = `${language} ${name}`;
  const known = made.get(key);
  const format =
    known instanceof Intl.NumberFormat
      ? known
      : new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "narrow" });
  made.set(key, format);
  return format.format(count);
}

/** How long something lasts or is ago, in one unit: 38s, 4m, 2h, 3d. */
export function span(language: string, milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return unit(language, seconds, "second");
  if (seconds < 3600) return unit(language, Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return unit(language, Math.floor(seconds / 3600), "hour");
  return unit(language, Math.floor(seconds / 86_400), "day");
}

/** 10:07, in the reader's zone or another. */
export function clockTime(language: string, at: Date | number, timeZone?: string): string {
  return date(language, { hour: "2-digit", minute: "2-digit", ...(timeZone ? { timeZone } : {}) }).format(at);
}

/** Wednesday 25 November; the year only if it is not this one. */
export function dayName(language: string, at: Date, now: Date): string {
  const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return date(language, { weekday: "long", day: "numeric", month: "long", ...year }).format(at);
}

/** A civil date such as 2026-03-17, which has no zone: Tue 17 Mar. */
export function civilDate(language: string, day: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(at)) return day;
  return date(language, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(at);
}

export function dayKey(at: Date): string {
  return `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
}

/** The city of a zone: Europe/Paris is Paris. */
export function zoneCity(timeZone: string): string {
  return (timeZone.split("/").at(-1) ?? timeZone).replaceAll("_", " ");
}

/** A language's name in the reader's: `fr` is French. */
export function languageName(language: string, of: string): string {
  try {
    const name = new Intl.DisplayNames([language], { type: "language" }).of(of) ?? of;
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
  } catch {
    return of;
  }
}
