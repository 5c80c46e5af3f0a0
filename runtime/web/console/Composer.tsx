import { lazy, Suspense, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Button } from "react-aria-components/Button";
import { Icon } from "../shared/icons";
import { useCell, useKeyed } from "../shared/keyed";
import { whoIs } from "./names";
import type { Offered, Row } from "./protocol";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

const ComponentPicker = lazy(() => import("./ComponentPicker"));

const LONGEST = 4000;

/** Enter sends, Shift+Enter is a new line. What is written is kept for each session. */
export function Composer({ row }: { row: Row }) {
  const { t } = useTexts();
  const desk = useDesk();
  const link = useCell(desk.link);
  const draft = useKeyed(desk.drafts, row.id) ?? "";
  const components = useCell(desk.components);
  const [isPicking, setPicking] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLButtonElement>(null);
  const hasPicked = useRef(false);
  const isEmpty = draft.trim() === "";
  const over = draft.length - LONGEST;

  // A rep who opened or accepted this session wants to write; on a phone the keyboard would hide the thread.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus({ preventScroll: true });
  }, []);

  function send(): void {
    if (isEmpty || over > 0) return;
    desk.say(row.id, draft.trim());
    field.current?.focus();
  }

  function press(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  function pick(component: Offered): void {
    hasPicked.current = true;
    setPicking(false);
    desk.sendComponent(row.id, component);
  }

  // The picker holds the focus until it is gone.
  useEffect(() => {
    if (isPicking || !hasPicked.current) return;
    hasPicked.current = false;
    field.current?.focus();
  }, [isPicking]);

  return (
    <form
      className="foot compose"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="compose-box">
        <label className="vh" htmlFor="compose-text">
          {t("compose.label", { name: whoIs(row) })}
        </label>
        <textarea
          ref={field}
          id="compose-text"
          className="compose-text"
          rows={2}
          dir="auto"
          placeholder={t("compose.hint", { name: whoIs(row) })}
          value={draft}
          onKeyDown={press}
          onChange={(event) => {
            desk.setDraft(row.id, event.target.value);
            if (event.target.value !== "") desk.typed(row.id);
          }}
        />
        <div className="compose-acts">
          <Button
            ref={picker}
            className="button-icon compose-components"
            aria-label={t("compose.components")}
            aria-expanded={isPicking}
            isDisabled={components.length === 0}
            onPress={() => setPicking(true)}
          >
            <Icon name="components" />
          </Button>
          {isPicking && (
            <Suspense>
              <ComponentPicker
                anchor={picker}
                components={components}
                onPick={pick}
                onClose={() => setPicking(false)}
              />
            </Suspense>
          )}
          <p className="compose-note" role="status">
            {over > 0 ? t("compose.too_long", { n: over }) : link === "open" ? "" : t("compose.offline")}
          </p>
          <span className="compose-keys">
            {t("compose.keys")} <kbd className="key">⇧ Enter</kbd>
          </span>
          <Button type="submit" className="button button-main" isDisabled={isEmpty || over > 0}>
            {t("compose.send")}
            <Icon name="send" />
          </Button>
        </div>
      </div>
    </form>
  );
}
