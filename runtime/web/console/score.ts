/** How sure something is, from 0 to 1, as one's language writes it: 0.88 or 0,88. */
export function scored(locale: string, score: number): string {
  return score.toLocaleString(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
