import { useEffect } from "react";
import { Button } from "react-aria-components/Button";
import { Icon } from "../shared/icons";
import { useCell } from "../shared/keyed";
import type { Notice } from "./desk";
import { capital, whoIs } from "./names";
import { isRepOwner, nameOf } from "./protocol";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

const SHOWN = 9000;

/** What could not be done, in one sentence, for a while. */
export function Notices() {
  const { t, has } = useTexts();
  const desk = useDesk();
  const notice = useCell(desk.notice);
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => desk.notice.set(null), SHOWN);
    return () => clearTimeout(timer);
  }, [desk, notice]);
  return (
    <div className="notices" role="alert">
      {notice && (
        <div className="notice pop">
          <Icon name="alert" />
          <span dir="auto">{sentence(notice)}</span>
          <Button className="button-icon" aria-label={t("close")} onPress={() => desk.notice.set(null)}>
            <Icon name="close" />
          </Button>
        </div>
      )}
    </div>
  );

  /** The page's own words, in the language it is read in; the server's where it knows more. */
  function sentence({ code, told, session }: Notice): string {
    const row = desk.rows.get(session);
    const by = row && isRepOwner(row.owner) ? row.owner_name || capital(nameOf(row.owner)) : "";
    if (code === "taken" && by) return t("refused.taken_by", { by, name: row ? whoIs(row) : "" });
    return has(`refused.${code}`) ? t(`refused.${code}`) : told || t("refused.unknown");
  }
}
