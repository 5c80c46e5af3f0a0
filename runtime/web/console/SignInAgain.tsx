import { Button } from "react-aria-components/Button";
import { Dialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { SignInForm } from "./SignIn";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

/** Stands over the desk: what was typed and what is not sent yet stays where it is. */
export default function SignInAgain({ login }: { login: string }) {
  const { t } = useTexts();
  const desk = useDesk();
  return (
    <ModalOverlay className="veil" isOpen isKeyboardDismissDisabled>
      <Modal className="pop dialog">
        <Dialog role="alertdialog">
          <Heading slot="title" className="dialog-title">
            {t("sign_in.again")}
          </Heading>
          <p className="dialog-text">{t("sign_in.again_text")}</p>
          <SignInForm login={login} />
          <Button className="button signin-other" onPress={() => void desk.leave()}>
            {t("sign_in.other")}
          </Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
