import { Fragment, useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components/Button";
import { Icon } from "../../shared/icons";
import { useCell, useKeyed } from "../../shared/keyed";
import { clockTime } from "../../shared/times";
import { capital, queueLabel } from "../names";
import { nameOf } from "../protocol";
import { useDesk } from "../use_desk";
import { Did } from "./Did";
import { look, type Explained, type Looked, type Place, type Row } from "./rows";
import { seconds, useTurnTexts } from "./texts";
import "./turn.css";
import { Understood } from "./Understood";

interface TurnProps {
  session: string;
  seq: number;
  onTurn: (seq: number) => void;
  onClose: () => void;
}

/** What led to a message: how the customer's words were read, and what was asked, called and decided since. */
export default function Turn({ session, seq, onTurn, onClose }: TurnProps) {
  const { t } = useTurnTexts();
  const [tries, setTries] = useState(0);
  const looked = useLooked(session, seq, tries);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const here = looked.is === "here" ? looked.explained : null;
  useEffect(() => {
    // At the first and the last turn the button that led there cannot be pressed, and loses the focus to nowhere.
    if (document.activeElement?.matches("body, :disabled")) title.current?.focus();
  }, [here?.turn.seq]);
  return (
    <section className="about turn" aria-labelledby="turn-title" aria-busy={looked.is === "loading"}>
      <div className="turn-head">
        <h2 ref={title} id="turn-title" className="turn-title" tabIndex={-1}>
          {t("title")}
        </h2>
        <Beside label={t("before")} turns="90deg" to={here?.before} onTurn={onTurn} />
        <Beside label={t("after")} turns="-90deg" to={here?.after} onTurn={onTurn} />
        <Button className="button-icon" aria-label={t("close")} onPress={onClose}>
          <Icon name="close" />
        </Button>
      </div>
      {looked.is === "loading" && (
        <p className="turn-state" role="status">
          {t("loading")}
        </p>
      )}
      {looked.is === "missing" && (
        <div className="turn-state" role="alert">
          <p>{t(looked.why)}</p>
          {looked.why === "unreachable" && (
            <Button className="button" onPress={() => setTries(tries + 1)}>
              {t("again")}
            </Button>
          )}
        </div>
      )}
      {here && <Whole row={here.turn} />}
    </section>
  );
}

/** The turn, once the desk has told it. While another one is fetched the last one stays, so that nothing jumps. */
function useLooked(session: string, seq: number, tries: number): Looked {
  const desk = useDesk();
  const events = useKeyed(desk.sessions, session)?.events;
  const [looked, setLooked] = useState<Looked>({ is: "loading" });
  const newest = events?.at(-1)?.seq ?? 0;
  const isTold = looked.is === "here" && tells(looked.explained, seq, newest);
  useEffect(() => {
    if (isTold) return undefined;
    const gone = new AbortController();
    void look(session, seq, gone.signal).then((found) => !gone.signal.aborted && setLooked(found));
    return () => gone.abort();
  }, [session, seq, tries, newest, isTold]);
  return looked;
}

/** Whether an answer is still all there is to say of an event: what happens behind the last turn may change it. */
function tells({ turn, after }: Explained, seq: number, newest: number): boolean {
  return turn.seq <= seq && seq <= turn.last && (after !== null || newest <= turn.last);
}

interface BesideProps {
  label: string;
  turns: string;
  to: Explained["before"] | undefined;
  onTurn: (seq: number) => void;
}

function Beside({ label, turns, to, onTurn }: BesideProps) {
  return (
    <Button
      className="button-icon turn-beside"
      aria-label={label}
      isDisabled={typeof to !== "number"}
      onPress={() => typeof to === "number" && onTurn(to)}
    >
      <span style={{ rotate: turns }}>
        <Icon name="chevron" />
      </span>
    </Button>
  );
}

function Whole({ row }: { row: Row }) {
  const { t } = useTurnTexts();
  const isEmpty = row.answered.length + row.did.length === 0;
  return (
    <>
      <Said row={row} />
      {isEmpty && <Nobody owner={row.owner} />}
      {row.answered.map((one, index) => (
        <Understood key={index} one={one} />
      ))}
      <Places row={row} />
      {row.did.length > 0 && (
        <div className="about-part">
          <h3 className="about-title">{t("did")}</h3>
          <Did steps={row.did} />
        </div>
      )}
      {row.sum && <Sum sum={row.sum} />}
      {row.answered[0]?.release && (
        <p className="turn-release">
          {t("release")} <code dir="ltr">{row.answered[0].release.slice(0, 12)}</code>
        </p>
      )}
    </>
  );
}

function Said({ row }: { row: Row }) {
  const { t, rich, locale } = useTurnTexts();
  const at = new Date(row.at);
  const time = (
    <time className="num" dir="ltr" dateTime={row.at}>
      {clockTime(locale, at)}
    </time>
  );
  if (row.what !== "message") {
    return (
      <p className="turn-said">
        {rich(row.what === "timer" ? "timer" : "told", { name: <b dir="auto">{row.said}</b> })}
        <span className="faint"> · {time}</span>
      </p>
    );
  }
  return (
    <blockquote className="about-question turn-said">
      <p className="faint">
        {t(row.chosen ? "chose" : "said")} · {time}
      </p>
      <p className="turn-words" dir="auto">
        {(row.chosen && row.label) || row.said}
      </p>
    </blockquote>
  );
}

/** Nothing was decided: people have the session. */
function Nobody({ owner }: { owner: string }) {
  const { t, rich } = useTurnTexts();
  const queues = useCell(useDesk().queues);
  const name = nameOf(owner);
  const who = owner.startsWith("queue:")
    ? t("queue", { name: queueLabel(queues, name) })
    : owner.startsWith("rep:")
      ? t("rep", { name: capital(name) })
      : owner.startsWith("bot:")
        ? t("bot", { name })
        : t("nobody");
  return <p className="turn-state">{rich("nothing", { who: <b>{who}</b> })}</p>;
}

/** Where the dialogs stood, and where they stand now. */
function Places({ row }: { row: Row }) {
  const { t } = useTurnTexts();
  const { was_at: was, is_at: is } = row;
  if (!was && !is) return null;
  const isSame = was?.dialog === is?.dialog && was?.at === is?.at;
  return (
    <div className="about-part">
      <h3 className="about-title">{t("place")}</h3>
      {was && !isSame && <Stand of="was_at" place={was} />}
      {is ? <Stand of="is_at" place={is} /> : <p>{t("left")}</p>}
    </div>
  );
}

function Stand({ of, place }: { of: "is_at" | "was_at"; place: Place }) {
  const { rich } = useTurnTexts();
  const { slots } = useCell(useDesk().labels);
  const at = (place.at ?? "…").replace(/^call /, "");
  return (
    <p className={of === "was_at" ? "faint" : ""}>
      {rich(of === "is_at" && place.phase === "confirm" ? "confirms" : of, {
        dialog: <b dir="auto">{capital(place.dialog)}</b>,
        at: <b dir="auto">{slots[at] ?? at}</b>,
      })}
    </p>
  );
}

function Sum({ sum }: { sum: NonNullable<Row["sum"]> }) {
  const { t, locale } = useTurnTexts();
  const number = (value: number) => value.toLocaleString(locale, { maximumFractionDigits: 6 });
  const parts = [
    t("calls", { n: sum.calls }),
    `${number(sum.tokens_in + sum.tokens_out)} ${t("tokens").toLocaleLowerCase(locale)}`,
    seconds(sum.seconds, { t, locale }),
    sum.cost > 0 ? `${t("cost").toLocaleLowerCase(locale)} ${number(sum.cost)}` : "",
  ];
  return (
    <p className="turn-sum num">
      <b>{t("sum")}</b>{" "}
      {parts.filter(Boolean).map((part, index) => (
        <Fragment key={part}>
          {index > 0 && " · "}
          <span>{part}</span>
        </Fragment>
      ))}
    </p>
  );
}
