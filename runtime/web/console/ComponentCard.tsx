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
  number: "number",
  rating: "star",
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
      {shown.kind === "rating" && <Scale shown={shown} answer={answer} />}
      <Choices shown={shown} answer={answer} />
    </div>
  );
}

/** The options of the question itself, and those every question may have besides. */
function optionsOf({ options = [], extra = [] }: Shown): { own: Option[]; others: Option[] } {
  const isExtra = ({ id }: Option) => extra.includes(id);
  return { own: options.filter((one) => !isExtra(one)), others: options.filter(isExtra) };
}

/** A rating as it was drawn: stars are filled up to the point. */
function Scale({ shown, answer }: { shown: Shown; answer: Answer | null }) {
  const { own } = optionsOf(shown);
  const chosen = answer ? own.findIndex((one) => isChosen(one, answer)) : -1;
  const isOn = (at: number) => (shown.style === "stars" ? at <= chosen : at === chosen);
  return (
    <div className="card-scale" data-style={shown.style}>
      <p role="img" aria-label={own[chosen]?.label ?? `${own[0]?.label} – ${own.at(-1)?.label}`}>
        {own.map((one, at) => (
          <span key={one.id} data-on={isOn(at) || undefined}>
            {one.sign ?? one.id}
          </span>
        ))}
      </p>
      <p className="card-ends" aria-hidden>
        {chosen >= 0 ? own[chosen]!.label : [shown.low, shown.high].map((end) => <bdi key={end}>{end}</bdi>)}
      </p>
    </div>
  );
}

function Choices({ shown, answer }: { shown: Shown; answer: Answer | null }) {
  const { t, rich, locale } = useTexts();
  const isDate = shown.kind === "date_picker";
  const { own, others } = optionsOf(shown);
  const isPoint = shown.kind === "rating" && answer && own.some((one) => isChosen(one, answer));
  const options = [...(shown.suggestions ?? []), ...(shown.kind === "rating" ? [] : own), ...others];
  const chosen = answer && options.find((one) => isChosen(one, answer));
  const said = answer && !chosen && !isPoint ? answered(answer, isDate, locale) : "";
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
          {rich("card.range", { from: civilDate(locale, `${shown.min}`), to: civilDate(locale, `${shown.max}`) })}
        </p>
      )}
      {shown.hint && (
        <p className="card-foot" dir="auto">
          {shown.hint}
        </p>
      )}
    </>
  );
}

function isChosen(option: Option, answer: Answer): boolean {
  return option.id === answer.choose || option.id === plain(answer.value);
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
