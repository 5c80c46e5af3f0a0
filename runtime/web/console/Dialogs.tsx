import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { useCell } from "../shared/keyed";
import { whoIs } from "./names";
import { shortcutsOn, turnShortcuts } from "./shortcuts";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

export type Asked = { is: "end"; session: string } | { is: "keys" } | null;

interface DialogsProps {
  asked: Asked;
  onDone: () => void;
}

/** The dialogs of the page. Each gives the focus back where it came from. */
export default function Dialogs({ asked, onDone }: DialogsProps) {
  return (
    <ModalOverlay className="veil" isOpen={asked !== null} isDismissable onOpenChange={(isOpen) => !isOpen && onDone()}>
      <Modal className="pop dialog">
        {asked?.is === "end" && <EndDialog session={asked.session} onDone={onDone} />}
        {asked?.is === "keys" && <KeysDialog onDone={onDone} />}
      </Modal>
    </ModalOverlay>
  );
}

function EndDialog({ session, onDone }: { session: string; onDone: () => void }) {
  const { t } = useTexts();
  const desk = useDesk();
  const row = desk.rows.get(session);
  const name = row ? whoIs(row) : "";
  return (
    <Dialog role="alertdialog">
      <Heading slot="title" className="dialog-title">
        {t("end.title", { name })}
      </Heading>
      <p className="dialog-text">{t(desk.drafts.get(session) ? "end.text_draft" : "end.text")}</p>
      <div className="dialog-acts">
        <Button className="button" onPress={onDone}>
          {t("end.keep")}
        </Button>
        <Button
          className="button button-main"
          autoFocus
          onPress={() => {
            desk.end(session);
            onDone();
          }}
        >
          {t("end.act")}
        </Button>
      </div>
    </Dialog>
  );
}

const KEYS: [string[], string][] = [
  [["J", "K"], "keys.step"],
  [["↑", "↓"], "keys.move"],
  [["1", "2", "3"], "keys.filter"],
  [["A"], "keys.accept"],
  [["R"], "keys.write"],
  [["C"], "keys.component"],
  [["Enter"], "keys.send"],
  [["⇧ Enter"], "keys.line"],
  [["E"], "keys.end"],
  [["I"], "keys.about"],
  [["W"], "keys.why"],
  [["Esc"], "keys.back"],
  [["?"], "keys.title"],
];

function KeysDialog({ onDone }: { onDone: () => void }) {
  const { t } = useTexts();
  const isOn = useCell(shortcutsOn);
  return (
    <Dialog>
      <Heading slot="title" className="dialog-title">
        {t("keys.title")}
      </Heading>
      <dl className="keys">
        {KEYS.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key} className="key">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
      <label className="keys-on">
        <input type="checkbox" checked={isOn} onChange={(event) => turnShortcuts(event.target.checked)} />
        {t("keys.on")}
      </label>
      <div className="dialog-acts">
        <Button className="button" autoFocus onPress={onDone}>
          {t("close")}
        </Button>
      </div>
    </Dialog>
  );
}
