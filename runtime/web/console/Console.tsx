import { lazy, Suspense } from "react";
import { I18nProvider } from "react-aria-components/I18nProvider";
import { language } from "../shared/i18n";
import { useCell } from "../shared/keyed";
import type { Desk } from "./desk";
import { Shell } from "./Shell";
import { SignInPage } from "./SignIn";
import { DeskContext } from "./use_desk";

const SignInAgain = lazy(() => import("./SignInAgain"));

/** The page: sign in, or the desk; when the cookie runs out, sign in over the desk as it stands. */
export function Console({ desk }: { desk: Desk }) {
  const person = useCell(desk.person);
  const spoken = useCell(language);
  return (
    <I18nProvider locale={spoken}>
      <DeskContext value={desk}>
        {person.is === "out" && <SignInPage />}
        {(person.is === "in" || person.is === "expired") && <Shell rep={person.rep} />}
        <Suspense>{person.is === "expired" && <SignInAgain login={person.rep.login} />}</Suspense>
      </DeskContext>
    </I18nProvider>
  );
}
