import { Button } from "react-aria-components/Button";
import { Icon } from "../shared/icons";
import { useCell } from "../shared/keyed";
import type { Unsent } from "./desk";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

/** A message on its way, or one that was refused and why. */
export function UnsentBubble({ session, unsent }: { session: string; unsent: Unsent }) {
  const { t, has } = useTexts();
  const desk = useDesk();
  const link = useCell(desk.link);
  const isRefused = unsent.state === "refused";
  const why = has(`refused.${unsent.code}`) ? t(`refused.${unsent.code}`) : unsent.told || t("refused.unknown");
  const state = isRefused
    ? t("unsent.refused", { why })
    : t(unsent.state === "acked" ? "unsent.sent" : link === "open" ? "unsent.sending" : "unsent.waiting");
  return (
    <div className="line line-rep" data-first="true">
      <div className="line-words" data-unsent={unsent.state}>
        <span className="vh">{t("thread.you")}: </span>
        {unsent.component ? (
          <p className="bubble bubble-rep" dir="auto">
            <Icon name="components" /> {unsent.text}
          </p>
        ) : (
          <p className="bubble bubble-rep" dir="auto">
            {unsent.text}
          </p>
        )}
        <p className="line-meta" data-tone={isRefused ? "bad" : undefined} role={isRefused ? "alert" : undefined}>
          <Icon name={isRefused ? "alert" : unsent.state === "acked" ? "check" : "clock"} />
          <span>{state}</span>
        </p>
        {isRefused && (
          <p className="line-acts">
            {!unsent.component && (
              <Button
                className="button"
                onPress={() => {
                  desk.setDraft(session, [unsent.text, desk.drafts.get(session)].filter(Boolean).join("\n"));
                  desk.drop(session, unsent.id);
                }}
              >
                {t("unsent.edit")}
              </Button>
            )}
            <Button className="button" onPress={() => desk.drop(session, unsent.id)}>
              {t("unsent.drop")}
            </Button>
          </p>
        )}
      </div>
    </div>
  );
}
