import { Avatar } from "../shared/Avatar";
import { channelIcon, Icon } from "../shared/icons";
import { useCell, useKeyed } from "../shared/keyed";
import { useTick } from "../shared/ticker";
import { span } from "../shared/times";
import { capital, queueLabel, reason, whoIs } from "./names";
import { isWaiting, nameOf, type Row } from "./protocol";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

interface InboxRowProps {
  id: string;
  isOpen: boolean;
  isStop: boolean;
  onFocus: () => void;
  onOpen: () => void;
}

/** Two lines: name, queue, age or time waiting; then the last words, and how many are unread. */
export function InboxRow({ id, isOpen, isStop, onFocus, onOpen }: InboxRowProps) {
  const texts = useTexts();
  const { t } = texts;
  const desk = useDesk();
  const row = useKeyed(desk.rows, id);
  const queues = useCell(desk.queues);
  const person = useCell(desk.person);
  const draft = useKeyed(desk.drafts, id);
  if (!row) return null;
  const waits = isWaiting(row);
  const unread = isOpen ? 0 : row.unread;
  const me = "rep" in person ? `rep:${person.rep.login}` : "";
  const place = waits || row.owner === me ? queueLabel(queues, row.queue ?? "") : ownerOf(row);
  return (
    <button
      type="button"
      className="row"
      data-session={id}
      data-unread={unread > 0 || undefined}
      aria-current={isOpen || undefined}
      tabIndex={isStop ? 0 : -1}
      onFocus={onFocus}
      onClick={onOpen}
    >
      <Avatar name={whoIs(row)}>
        <span className="avatar-channel">
          <Icon name={channelIcon(row.channel_kind)} />
        </span>
      </Avatar>
      <span className="row-line">
        <bdi className="row-name">{whoIs(row)}</bdi>
        <span className="row-queue">{place}</span>
        {waits ? <Waiting since={row.since ?? row.last_at} /> : <Age at={row.last_at} />}
      </span>
      <span className="row-line row-second">
        {waits && row.because && <span className="row-because">{capital(reason(row.because, texts))}</span>}
        {draft && !waits ? (
          <span className="row-text">
            <span className="row-draft">{t("inbox.draft")}</span> <bdi>{draft}</bdi>
          </span>
        ) : (
          <bdi className="row-text">
            {row.preview_from === "rep" && row.owner === me && <span className="row-by">{t("inbox.you")} </span>}
            {row.preview}
          </bdi>
        )}
        {unread > 0 && (
          <span className="row-unread num">
            {unread > 99 ? "99+" : unread}
            <span className="vh"> {t("inbox.unread", { n: unread })}</span>
          </span>
        )}
      </span>
    </button>
  );
}

function ownerOf(row: Row): string {
  return row.owner_name || capital(nameOf(row.owner));
}

function Age({ at }: { at: string }) {
  const { t, locale } = useTexts();
  const since = Date.parse(at);
  const said = useTick((now) => (now - since < 60_000 ? "" : span(locale, now - since)));
  return (
    <span className="row-age num" dir="ltr">
      {said || t("inbox.now")}
    </span>
  );
}

/** Amber after a minute, red after five: nobody should wait longer for a first word. */
export function Waiting({ since }: { since: string }) {
  const { t, locale } = useTexts();
  const began = Date.parse(since);
  const said = useTick((now) => span(locale, now - began));
  const tone = useTick((now) => (now - began < 60_000 ? "" : now - began < 300_000 ? " chip-warn" : " chip-bad"));
  return (
    <span className={`chip row-wait num${tone}`}>
      <Icon name="clock" />
      <span className="vh">{t("inbox.waits")} </span>
      <span dir="ltr">{said}</span>
    </span>
  );
}
