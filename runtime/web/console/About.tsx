import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { Avatar } from "../shared/Avatar";
import { channelIcon, Icon, type IconName } from "../shared/icons";
import { useCell, useKeyed } from "../shared/keyed";
import { useTick } from "../shared/ticker";
import { clockTime, languageName, zoneCity } from "../shared/times";
import type { OpenSession } from "./desk";
import { addressOf, capital, queueLabel, reason, whoIs } from "./names";
import { ChannelName } from "./ChannelName";
import type { ActionTried, Package, Slot } from "./protocol";
import { scored } from "./score";
import { useTexts } from "./texts";
import { plain } from "./transcript_fold";
import { useDesk } from "./use_desk";

/** What is known of the customer, and what the bot hands over with the session. */
export function About({ session, onBack }: { session: string; onBack: () => void }) {
  const { t } = useTexts();
  const desk = useDesk();
  const open = useKeyed(desk.sessions, session);
  if (!open) return null;
  const name = whoIs(open.row);
  return (
    <section className="about" aria-labelledby="about-title">
      <div className="about-head">
        <Button className="button-icon about-back" aria-label={t("about.hide")} onPress={onBack}>
          <Icon name="back" />
        </Button>
        <Avatar name={name} size="large" />
        <div className="about-who">
          <h2 id="about-title" className="about-name">
            <span className="vh">{t("about.title")} </span>
            <bdi>{name}</bdi>
          </h2>
          <p className="about-user">
            <bdi dir="ltr">{addressOf(open.row)}</bdi>
          </p>
        </div>
      </div>
      <Facts open={open} />
      {open.package && <Digest handoff={open.package} />}
      <Gathered open={open} />
      {open.isRead && !open.package && open.slots.length === 0 && <p className="about-none">{t("about.nothing")}</p>}
    </section>
  );
}

function Fact({ icon, children }: { icon: IconName; children: ReactNode }) {
  return (
    <li className="fact">
      <Icon name={icon} />
      <span>{children}</span>
    </li>
  );
}

function Facts({ open }: { open: OpenSession }) {
  const { t, rich, locale } = useTexts();
  const desk = useDesk();
  const queues = useCell(desk.queues);
  const { row, timeZone } = open;
  return (
    <ul className="facts" aria-label={t("about.facts")}>
      <Fact icon={channelIcon(row.channel_kind)}>
        <span className="vh">{t("about.channel")}: </span>
        <ChannelName row={row} />{" "}
        <span className="faint">
          {[row.channel, row.queue && queueLabel(queues, row.queue)].filter(Boolean).join(" · ")}
        </span>
      </Fact>
      <Fact icon="language">
        <span className="vh">{t("about.language")}: </span>
        {languageName(locale, row.language)}
      </Fact>
      {timeZone && (
        <Fact icon="clock">
          {rich("about.time_in", { time: <LocalTime timeZone={timeZone} />, place: zoneCity(timeZone) })}
        </Fact>
      )}
    </ul>
  );
}

function LocalTime({ timeZone }: { timeZone: string }) {
  const { locale } = useTexts();
  const said = useTick((now) => safely(() => clockTime(locale, now, timeZone)));
  return (
    <span className="num" dir="ltr">
      {said}
    </span>
  );
}

function safely(read: () => string): string {
  try {
    return read();
  } catch {
    return ""; // a zone this browser does not know
  }
}

/** The handoff in plain sentences. */
function Digest({ handoff }: { handoff: Package }) {
  const texts = useTexts();
  const { t, rich } = texts;
  return (
    <div className="about-part">
      <h3 className="about-title">{t("about.handoff")}</h3>
      <p className="digest" dir="auto">
        {handoff.digest}
      </p>
      {handoff.because && (
        <p className="digest-why">
          {rich("about.because", { because: <b dir="auto">{capital(reason(handoff.because, texts))}</b> })}
        </p>
      )}
      {handoff.question && (
        <blockquote className="about-question">
          <p className="faint">{t("about.question")}</p>
          <p dir="auto">{handoff.question}</p>
        </blockquote>
      )}
    </div>
  );
}

/** Each value beside how it was got. */
function Gathered({ open }: { open: OpenSession }) {
  const { t, locale } = useTexts();
  const handoff = open.package;
  const slots = open.slots.length > 0 ? open.slots : (handoff?.slots ?? []);
  const actions = handoff?.actions ?? [];
  if (slots.length + actions.length === 0 && !handoff?.intent) return null;
  return (
    <div className="about-part">
      <h3 className="about-title">{t("about.gathered")}</h3>
      <dl className="gathered">
        {handoff?.intent && (
          <div>
            <dt>{t("about.wants")}</dt>
            <dd>
              <b dir="auto">{handoff.intent.label || capital(handoff.intent.name)}</b>
              {handoff.intent.score !== null && (
                <span className="chip chip-bot num">
                  <span className="vh">{t("about.score")} </span>
                  {scored(locale, handoff.intent.score)}
                </span>
              )}
            </dd>
          </div>
        )}
        {slots.map((slot) => (
          <SlotLine key={slot.name} slot={slot} />
        ))}
        {actions.length > 0 && (
          <div>
            <dt>{t("about.tried")}</dt>
            <dd>
              {actions.map((action, index) => (
                <ActionLine key={index} action={action} />
              ))}
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}

function SlotLine({ slot }: { slot: Slot }) {
  const { t, has } = useTexts();
  const { slots } = useCell(useDesk().labels);
  const how = `from.${slot.from}`;
  return (
    <div>
      <dt>
        <bdi>{slot.label || slots[slot.name] || capital(slot.name)}</bdi>
      </dt>
      <dd>
        {slot.private ? (
          <span className="chip chip-warn">
            <Icon name="lock" />
            {t("about.private")}
          </span>
        ) : (
          <b className="num" dir="auto">
            {plain(slot.value)}
          </b>
        )}
        {has(how) && <span className="faint">{t(how)}</span>}
      </dd>
    </div>
  );
}

function ActionLine({ action }: { action: ActionTried }) {
  const { t } = useTexts();
  return (
    <span className="tried">
      <b>{action.name}</b>
      <span className={action.ok ? "chip chip-ok" : "chip chip-warn"}>
        {action.ok && <Icon name="check" />}
        {action.ok ? t("about.worked") : action.error || t("about.failed")}
      </span>
    </span>
  );
}
