import { chooseLanguage, language, LANGUAGE_NAMES, LANGUAGES, type Language } from "../shared/i18n";
import { useCell } from "../shared/keyed";
import { useTexts } from "./texts";

/** For those who cannot read the page yet: every language by its own name. */
export function LanguageSwitch() {
  const { t } = useTexts();
  const spoken = useCell(language);
  return (
    <label className="language">
      <span className="vh">{t("account.language")}</span>
      <select
        className="language-select"
        value={spoken}
        onChange={(event) => chooseLanguage(event.target.value as Language)}
      >
        {LANGUAGES.map((one) => (
          <option key={one} value={one} lang={one}>
            {LANGUAGE_NAMES[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
