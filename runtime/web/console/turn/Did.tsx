import type { ReactNode } from "react";
import { Icon, type IconName } from "../../shared/icons";
import { useCell } from "../../shared/keyed";
import { capital, queueLabel, reason } from "../names";
import { useTexts } from "../texts";
import { useDesk } from "../use_desk";
import type { Call, Model, Step, Waits } from "./rows";
import { seconds, useTurnTexts } from "./texts";

type Of<S extends Step["step"]> = Extract<Step, { step: S }>;

/** What was done in a turn, in its order. */
export function Did({ steps }: { steps: Step[] }) {
  return (
    <ol className="turn-steps">
      {steps.map((step, index) => (
        <StepLine key={index} step={step} />
      ))}
    </ol>
  );
}

function StepLine({ step }: { step: Step }) {
  switch (step.step) {
    case "model":
      return <ModelLine step={step} />;
    case "call":
      return <CallLine step={step} />;
    case "waits":
      return <WaitsLine step={step} />;
    case "dialog":
      return <DialogLine step={step} />;
    case "handoff":
      return <HandoffLine step={step} />;
    case "forgot":
      return <ForgotLine step={step} />;
    case "error":
      return <ErrorLine step={step} />;
  }
}

interface ItemProps {
  icon: IconName;
  title: ReactNode;
  tone?: "bad" | undefined;
  children?: ReactNode;
}

function Item({ icon, title, tone, children }: ItemProps) {
  return (
    <li className="turn-step" data-tone={tone}>
      <Icon name={icon} />
      <div>
        <p className="turn-step-title">{title}</p>
        {children}
      </div>
    </li>
  );
}

const mono = (name: string) => (
  <code className="turn-name" dir="ltr">
    {name}
  </code>
);

function ModelLine({ step }: { step: Model }) {
  const { t, rich, locale } = useTurnTexts();
  const number = (value = 0) => value.toLocaleString(locale, { maximumFractionDigits: 6 });
  const tokens = { in: number(step.tokens_in), out: number(step.tokens_out), cached: number(step.cached) };
  const said = step.error ? "model_failed" : step.calls.length ? "model_calls" : "model";
  const calls = step.calls.map((name, index) => (
    <span key={index}>
      {index > 0 && ", "}
      {mono(name)}
    </span>
  ));
  return (
    <Item icon="sparkle" tone={step.error ? "bad" : undefined} title={rich(said, { name: mono(step.model), calls })}>
      {step.error && <Wrong>{step.error}</Wrong>}
      {step.finish && <Wrong>{t(step.finish === "length" ? "cut" : "filtered")}</Wrong>}
      {step.said && (
        <p className="turn-beside-words" dir="auto">
          {step.said}
        </p>
      )}
      <dl className="turn-facts num">
        <Fact name={t("prompt")}>
          {step.prompt} {mono(step.version.slice(0, 12))}
        </Fact>
        {step.tokens_in || step.tokens_out ? (
          <Fact name={t("tokens")}>{t(step.cached ? "tokens_cached" : "tokens_of", tokens)}</Fact>
        ) : null}
        <Fact name={t("time")}>{seconds(step.seconds ?? 0, { t, locale })}</Fact>
        {step.cost ? <Fact name={t("cost")}>{number(step.cost)}</Fact> : null}
      </dl>
    </Item>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  );
}

function Wrong({ children }: { children: ReactNode }) {
  return (
    <p className="turn-wrong" dir="auto">
      {children}
    </p>
  );
}

function CallLine({ step }: { step: Call }) {
  const { t, has, locale } = useTurnTexts();
  const isOk = step.code === "ok";
  const title = (
    <>
      {mono(step.name)}{" "}
      <span className={isOk ? "chip chip-ok" : "chip chip-warn"}>
        <Icon name={isOk ? "check" : "alert"} />
        {has(`code.${step.code}`) ? t(`code.${step.code}`) : step.code}
      </span>
      {step.seconds ? <span className="faint num">{seconds(step.seconds, { t, locale })}</span> : null}
    </>
  );
  return (
    <Item icon="bolt" title={title}>
      <Given step={step} />
      {step.error && <Wrong>{step.error}</Wrong>}
      {isOk && step.result !== undefined && step.result !== null && (
        <details className="turn-result">
          <summary>{t("result")}</summary>
          <pre dir="ltr" tabIndex={0}>
            {pretty(step.result)}
          </pre>
        </details>
      )}
    </Item>
  );
}

/** JSON as it is read best; a text is often JSON, too. */
function pretty(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value, null, 2);
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value; // it was cut
  }
}

function Given({ step }: { step: { arguments?: Record<string, unknown> } }) {
  const given = Object.entries(step.arguments ?? {});
  if (given.length === 0) return null;
  return (
    <dl className="turn-facts">
      {given.map(([name, value]) => (
        <Fact key={name} name={name}>
          {typeof value === "string" ? value : JSON.stringify(value)}
        </Fact>
      ))}
    </dl>
  );
}

const WAITS = { component: "component", confirm: "confirm", dialog: "started" } as const;

function WaitsLine({ step }: { step: Waits }) {
  const { rich } = useTurnTexts();
  const icon = step.what === "dialog" ? "chat" : step.what === "confirm" ? "help" : "components";
  return (
    <Item icon={icon} title={rich(WAITS[step.what], { name: mono(step.name) })}>
      <Given step={step} />
    </Item>
  );
}

function DialogLine({ step }: { step: Of<"dialog"> }) {
  const { t, has, rich } = useTurnTexts();
  const why = `why.${step.why.replaceAll(" ", "_")}`; // that it came to its "end" is no reason
  return (
    <Item
      icon="chat"
      title={
        <>
          {rich("dialog", { name: <b dir="auto">{capital(step.dialog)}</b> })} {t(step.did)}
        </>
      }
    >
      {has(why) && <p className="faint">{capital(t(why))}</p>}
    </Item>
  );
}

function HandoffLine({ step }: { step: Of<"handoff"> }) {
  const { rich } = useTurnTexts();
  const texts = useTexts();
  const queues = useCell(useDesk().queues);
  return (
    <Item icon="handoff" title={rich("handoff", { name: <b>{queueLabel(queues, step.queue)}</b> })}>
      {step.because && (
        <p className="faint" dir="auto">
          {capital(reason(step.because, texts))}
        </p>
      )}
    </Item>
  );
}

function ForgotLine({ step }: { step: Of<"forgot"> }) {
  const { t } = useTurnTexts();
  return <Item icon="clock" title={t("forgot", { n: step.entries })} />;
}

function ErrorLine({ step }: { step: Of<"error"> }) {
  const { rich } = useTurnTexts();
  return (
    <Item icon="alert" tone="bad" title={rich("error", { name: <b dir="auto">{step.what}</b> })}>
      {step.detail && <Wrong>{step.detail}</Wrong>}
      <p className="faint">{mono(step.where)}</p>
    </Item>
  );
}
