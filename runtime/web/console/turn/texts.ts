import texts from "virtual:texts/turn";
import { speaking, type Texts } from "../../shared/i18n";

export const useTurnTexts = speaking(texts);

/** 1.2 s, and what is less than one more exactly. */
export function seconds(of: number, { t, locale }: Pick<Texts, "t" | "locale">): string {
  return t("seconds", { n: of.toLocaleString(locale, { maximumFractionDigits: of < 1 ? 2 : 1 }) });
}
