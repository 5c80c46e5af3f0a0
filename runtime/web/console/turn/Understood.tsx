import type { ReactNode } from "react";
import { useCell } from "../../shared/keyed";
import { capital } from "../names";
import { scored } from "../score";
import { useTexts } from "../texts";
import { useDesk } from "../use_desk";
import type { Answered } from "./rows";
import { useTurnTexts } from "./texts";

/** By which rule the customer's words were read, how sure it was, and what else they could have meant. */
export function Understood({ one }: { one: Answered }) {
  const { t } = useTurnTexts();
  const { t: say, has } = useTexts();
  const { slots, intents } = useCell(useDesk().labels);
  const named = (name: string) => intents[name] ?? slots[name] ?? capital(name);
  const rule = one.rule === "none" ? t("none") : has(`rule.${one.rule}`) ? say(`rule.${one.rule}`) : one.rule;
  const isExact = one.scope === null;
  return (
    <div className="about-part">
      <h3 className="about-title">{t("understood")}</h3>
      <dl className="gathered">
        <Line name={t("rule")}>{rule}</Line>
        {one.intent && <Line name={t("intent")}>{<b dir="auto">{named(one.intent)}</b>}</Line>}
        {one.what && (
          <Line name={t("names")}>
            <span dir="auto">{one.what.split(/\s+/).map(named).join(", ")}</span>
          </Line>
        )}
        {one.score !== null && (
          <Line name={t("score")}>
            <Bar value={one.score} mark={isExact ? one.threshold : null} />
          </Line>
        )}
        {one.scope !== null && (
          <Line name={t("scope")}>
            <Bar value={one.scope} mark={one.threshold} />
          </Line>
        )}
        {one.runner_up && (
          <Line name={t("runner_up")}>
            <span dir="auto">{named(one.runner_up)}</span>
          </Line>
        )}
        {one.nearest && (
          <Line name={t("nearest")}>
            <q className="turn-nearest" dir="auto">
              {one.nearest}
            </q>
          </Line>
        )}
      </dl>
    </div>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A number from 0 to 1 with the threshold it has to reach. */
function Bar({ value, mark }: { value: number; mark: number | null }) {
  const { t, locale } = useTurnTexts();
  const part = (of: number) => `${Math.round(Math.min(Math.max(of, 0), 1) * 100)}%`;
  return (
    <>
      <b className="num">{scored(locale, value)}</b>
      <span className="turn-bar" aria-hidden data-short={(mark !== null && value < mark) || undefined}>
        <span style={{ inlineSize: part(value) }} />
        {mark !== null && <i style={{ insetInlineStart: part(mark) }} />}
      </span>
      {mark !== null && <span className="faint num">{t("threshold", { n: scored(locale, mark) })}</span>}
    </>
  );
}
