import { Icon, type IconName } from "../shared/icons";
import { civilDate } from "../shared/times";
import type { Answer, Option, Shown } from "./protocol";
import { plain } from "./transcript_fold";
import { useTexts } from "./texts";

const KINDS: Record<string, IconName> = {
  choices: "choices",
  date_picker: "calendar",
  date_range: "calendar",
  time_picker: "clock",
  time_slots: "clock",
  link: "link",
};

interface CardProps {
  shown: Shown;
  text: string;
  answer: Answer | null;
}

/** A component as the customer saw it, with the answer marked. */
export function ComponentCard({ shown, text, answer }: CardProps) {
  const { t, has } = useTexts();
  if (shown.kind === "link") return <LinkCard shown={shown} text={text} />;
  const kind = has(`kind.${shown.kind}`) ? t(`kind.${shown.kind}`) : shown.kind;
  return (
    <div className="card">
      <div className="card-head">
        <Icon name={KINDS[shown.kind] ?? "components"} />
        <p className="card-title" dir="auto">
          <span className="vh">{kind}: </span>
          {shown.text || text}
        </p>
        {answer ? (
          <span className="chip chip-ok">
            <Icon name="check" />
            {t("card.answered")}
          </span>
        ) : (
          <span className="chip">{t("card.open")}</span>
        )}
      </div>
      <Choices shown={shown} answer={answer} />
    </div>
  );
}

function Choices({ shown, answer }: { shown: Shown; answer: Answer | null }) {
  const { t, rich, locale } = useTexts();
  const isDate = shown.kind === "date_picker";
  const options = isDate ? (shown.suggestions ?? []) : (shown.options ?? []);
  const chosen = answer && options.find((one) => isChosen(one, answer));
  const said = answer && !chosen ? answered(answer, isDate, locale) : "";
  return (
    <>
      <ul className="card-options">
        {options.map((one) => (
          <li key={one.id} className="card-option" data-chosen={one === chosen || undefined} dir="auto">
            <span>
              {one.label}
              {one.description && <span className="card-more"> {one.description}</span>}
            </span>
            {one === chosen && (
              <>
                <span className="vh"> ({t("card.chosen")})</span>
                <Icon name="check" />
              </>
            )}
          </li>
        ))}
        {said && (
          <li className="card-option" data-chosen dir="auto">
            <span>
              {said}
              {options.length > 0 && <span className="card-more"> {t("card.own")}</span>}
            </span>
            <span className="vh"> ({t("card.chosen")})</span>
            <Icon name="check" />
          </li>
        )}
      </ul>
      {isDate && shown.min && shown.max && (
        <p className="card-foot">
          {rich("card.range", { from: civilDate(locale, shown.min), to: civilDate(locale, shown.max) })}
        </p>
      )}
    </>
  );
}

function isChosen(option: Option, answer: Answer): boolean {
  return option.id === answer.choose || option.id === answer.value;
}

function answered(answer: Answer, isDate: boolean, locale: string): string {
  if (answer.label) return answer.label;
  const value = plain(answer.value ?? answer.choose);
  return isDate ? civilDate(locale, value) : value;
}

function LinkCard({ shown, text }: { shown: Shown; text: string }) {
  const { t } = useTexts();
  const safe = shown.url && /^https?:\/\//i.test(shown.url) ? shown.url : null;
  return (
    <div className="card">
      <div className="card-head">
        <Icon name="link" />
        <p className="card-title" dir="auto">
          <span className="vh">{t("kind.link")}: </span>
          {shown.title || text || shown.text}
        </p>
      </div>
      {(shown.description || safe) && (
        <div className="card-link">
          {shown.description && <p dir="auto">{shown.description}</p>}
          {safe && (
            <a href={safe} target="_blank" rel="noopener noreferrer" dir="ltr">
              {safe.replace(/^https?:\/\//i, "")}
            </a>
          )}
        </div>
      )}
    </div>
  );
}
