import { Button } from "react-aria-components/Button";
import { channelIcon, Icon } from "../shared/icons";
import { useCell, useKeyed } from "../shared/keyed";
import { languageName } from "../shared/times";
import { ChannelName } from "./ChannelName";
import { Composer } from "./Composer";
import { Waiting } from "./InboxRow";
import { capital, ownerName, queueLabel, reason, whoIs } from "./names";
import { isRepOwner, isWaiting, nameOf, type Rep, type Row } from "./protocol";
import { useTexts } from "./texts";
import { Transcript } from "./Transcript";
import { useDesk } from "./use_desk";

interface ThreadProps {
  session: string | null;
  rep: Rep;
  isAbout: boolean;
  onAbout: () => void;
  onBack: () => void;
  onEnd: (session: string) => void;
}

export function Thread({ session, ...rest }: ThreadProps) {
  const { t } = useTexts();
  const desk = useDesk();
  const open = useKeyed(desk.sessions, session ?? "");
  if (session === null || !open) {
    return (
      <section className="thread thread-none" aria-label={t("thread.name")}>
        <NothingOpen isGone={session !== null} />
      </section>
    );
  }
  return (
    <section className="thread" aria-labelledby="thread-title">
      <Head row={open.row} isGone={open.isGone} {...rest} />
      <Transcript session={session} />
      <Foot row={open.row} isGone={open.isGone} rep={rest.rep} onBack={rest.onBack} />
    </section>
  );
}

function NothingOpen({ isGone }: { isGone: boolean }) {
  const { t } = useTexts();
  const desk = useDesk();
  const isLoaded = useCell(desk.isLoaded);
  if (!isLoaded) return null;
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name="chat" />
      </span>
      <h2 className="empty-title">{t(isGone ? "thread.gone" : "thread.none")}</h2>
      <p className="empty-text">{t(isGone ? "thread.gone_text" : "thread.none_text")}</p>
      {!isGone && (
        <ul className="empty-keys">
          {[
            ["J", "keys.next"],
            ["A", "keys.accept"],
            ["?", "keys.title"],
          ].map(([key, text]) => (
            <li key={key}>
              <kbd className="key">{key}</kbd> {t(text ?? "")}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface HeadProps extends Omit<ThreadProps, "session"> {
  row: Row;
  isGone: boolean;
}

function Head({ row, isGone, rep, isAbout, onAbout, onBack, onEnd }: HeadProps) {
  const { t, locale } = useTexts();
  const desk = useDesk();
  const queues = useCell(desk.queues);
  const busy = useKeyed(desk.busy, row.id);
  const isMine = row.owner === `rep:${rep.login}` && !isGone;
  return (
    <header className="thread-head">
      <Button className="button-icon thread-back" aria-label={t("thread.back")} onPress={onBack}>
        <Icon name="back" />
      </Button>
      <div className="thread-who">
        <h2 id="thread-title" className="thread-title">
          <bdi>{whoIs(row)}</bdi>
        </h2>
        <p className="thread-facts">
          <span className="thread-fact">
            <Icon name={channelIcon(row.channel_kind)} />
            <ChannelName row={row} />
          </span>
          {row.queue && <span className="thread-fact">{queueLabel(queues, row.queue)}</span>}
          <span className="thread-fact thread-language">{languageName(locale, row.language)}</span>
          <StatusChip row={row} isGone={isGone} rep={rep} />
        </p>
      </div>
      {isMine && (
        <Button className="button thread-end" isDisabled={busy === "end"} onPress={() => onEnd(row.id)}>
          <Icon name="end" />
          <span className="thread-end-word">{t("thread.end")}</span>
          <kbd className="key" aria-hidden="true">
            E
          </kbd>
        </Button>
      )}
      <Button
        className="button-icon thread-about"
        aria-label={t("about.show")}
        aria-expanded={isAbout}
        onPress={onAbout}
      >
        <Icon name="person" />
      </Button>
    </header>
  );
}

function StatusChip({ row, isGone, rep }: { row: Row; isGone: boolean; rep: Rep }) {
  const { t } = useTexts();
  if (isGone) return <span className="chip">{t("status.ended")}</span>;
  if (isWaiting(row)) return <Waiting since={row.since ?? row.last_at} />;
  if (row.owner === `rep:${rep.login}`) return <span className="chip chip-ok">{t("status.yours")}</span>;
  if (isRepOwner(row.owner)) return <span className="chip">{t("status.with", { name: ownerName(row, rep) })}</span>;
  return (
    <span className="chip chip-bot">
      <Icon name="bot" />
      {t("status.bot", { name: nameOf(row.owner) })}
    </span>
  );
}

/** What the rep can do here now: accept, write, or only read. */
function Foot({ row, isGone, rep, onBack }: { row: Row; isGone: boolean; rep: Rep; onBack: () => void }) {
  const texts = useTexts();
  const { t } = texts;
  const desk = useDesk();
  const busy = useKeyed(desk.busy, row.id);
  if (isGone) {
    return (
      <div className="foot foot-note">
        <p>{t("foot.ended")}</p>
        <Button className="button" onPress={onBack}>
          {t("foot.back")}
        </Button>
      </div>
    );
  }
  if (row.owner === `rep:${rep.login}`) return <Composer row={row} />;
  if (isWaiting(row)) {
    return (
      <div className="foot foot-accept">
        <p>
          <b>{row.because ? capital(reason(row.because, texts)) : t("foot.waits")}</b>
          <span>{t("foot.accept")}</span>
        </p>
        <Button className="button button-main" onPress={() => desk.accept(row.id)}>
          <Icon name="accept" />
          {t(busy === "accept" ? "foot.accepting" : "foot.act")}
          <kbd className="key" aria-hidden="true">
            A
          </kbd>
        </Button>
      </div>
    );
  }
  return (
    <div className="foot foot-note">
      <p>{isRepOwner(row.owner) ? t("foot.other", { name: ownerName(row, rep) }) : t("foot.bot")}</p>
    </div>
  );
}
