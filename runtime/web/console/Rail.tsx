import { lazy, Suspense, useRef, useState } from "react";
import { Button } from "react-aria-components/Button";
import { Avatar } from "../shared/Avatar";
import { Icon } from "../shared/icons";
import { useCell } from "../shared/keyed";
import { Mark } from "./Mark";
import type { Rep } from "./protocol";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

const AccountMenu = lazy(() => import("./AccountMenu"));

interface RailProps {
  rep: Rep;
  waiting: number;
  onInbox: () => void;
  onKeys: () => void;
}

/** The pages and the account; at the foot of the screen on a phone. */
export function Rail({ rep, waiting, onInbox, onKeys }: RailProps) {
  const { t } = useTexts();
  return (
    <nav className="rail" aria-label={t("rail.name")}>
      <Mark />
      <Button className="rail-part" aria-current="page" onPress={onInbox}>
        <Icon name="inbox" />
        <span className="vh">{t("inbox.title")}</span>
        {waiting > 0 && (
          <span className="rail-count num">
            {waiting > 99 ? "99+" : waiting}
            <span className="vh"> {t("rail.waiting", { n: waiting })}</span>
          </span>
        )}
      </Button>
      <Button className="rail-part rail-keys" aria-label={t("keys.title")} onPress={onKeys}>
        <Icon name="keyboard" />
      </Button>
      <Account rep={rep} />
    </nav>
  );
}

function Account({ rep }: { rep: Rep }) {
  const { t } = useTexts();
  const desk = useDesk();
  const link = useCell(desk.link);
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Button
        ref={anchor}
        className="rail-account"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onPress={() => setOpen(!isOpen)}
      >
        <Avatar name={rep.name}>
          <span className="rail-dot" data-link={link} />
        </Avatar>
        <span className="vh">{t("account.of", { name: rep.name })}</span>
      </Button>
      {isOpen && (
        <Suspense>
          <AccountMenu anchor={anchor} rep={rep} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
