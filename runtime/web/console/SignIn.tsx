import { useEffect, useRef, useState, type FormEvent } from "react";
import { Button } from "react-aria-components/Button";
import { Icon } from "../shared/icons";
import { signIn } from "./api";
import { Mark } from "./Mark";
import { LanguageSwitch } from "./Preferences";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

type Trouble = { is: "wrong" } | { is: "throttled"; seconds: number | undefined } | { is: "unreachable" };

export function SignInForm({ login = "" }: { login?: string }) {
  const { t } = useTexts();
  const desk = useDesk();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [isAsking, setAsking] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    form.current?.querySelector<HTMLInputElement>(login ? "#password" : "#login")?.focus();
  }, [login]);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isAsking) return;
    const given = new FormData(event.currentTarget);
    const password = form.current?.querySelector<HTMLInputElement>("#password");
    setAsking(true);
    const answer = await signIn(String(given.get("login")).trim(), String(given.get("password")));
    setAsking(false);
    if ("rep" in answer) return desk.enter(answer.rep);
    setTrouble(answer.failed === "throttled" ? { is: "throttled", seconds: answer.seconds } : { is: answer.failed });
    password?.select();
    password?.focus();
  }

  return (
    <form ref={form} className="signin-form" onSubmit={(event) => void submit(event)}>
      <p role="alert" className="signin-trouble" hidden={!trouble}>
        {trouble && <Icon name="alert" />}
        <span>{trouble && sentence(trouble, t)}</span>
      </p>
      <div className="field">
        <label className="field-label" htmlFor="login">
          {t("sign_in.login")}
        </label>
        <input
          id="login"
          name="login"
          className="field-input"
          defaultValue={login}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
      </div>
      <div className="field">
        <label className="field-label" htmlFor="password">
          {t("sign_in.password")}
        </label>
        <input
          id="password"
          name="password"
          type="password"
          className="field-input"
          autoComplete="current-password"
          required
          aria-invalid={trouble?.is === "wrong" || undefined}
        />
      </div>
      <Button type="submit" className="button button-main signin-act">
        {t(isAsking ? "sign_in.asking" : "sign_in.act")}
      </Button>
    </form>
  );
}

function sentence(trouble: Trouble, t: (key: string, values?: Record<string, number>) => string): string {
  if (trouble.is !== "throttled") return t(`sign_in.${trouble.is}`);
  if (trouble.seconds === undefined) return t("sign_in.throttled");
  return t("sign_in.throttled_minutes", { n: Math.max(1, Math.ceil(trouble.seconds / 60)) });
}

export function SignInPage() {
  const { t } = useTexts();
  useEffect(() => {
    document.title = `${t("sign_in.title")} · frontdesk`;
  }, [t]);
  return (
    <main className="signin">
      <div className="signin-card">
        <Mark />
        <h1 className="signin-title">{t("sign_in.title")}</h1>
        <p className="signin-text">{t("sign_in.text")}</p>
        <SignInForm />
      </div>
      <div className="signin-foot">
        <LanguageSwitch />
      </div>
    </main>
  );
}
