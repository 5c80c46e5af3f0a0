import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Button } from "react-aria-components/Button";
import { Avatar } from "../shared/Avatar";
import { Icon } from "../shared/icons";
import { useCell, useKeyed } from "../shared/keyed";
import { useTick } from "../shared/ticker";
import { clockTime, dayKey, dayName, languageName } from "../shared/times";
import { ComponentCard } from "./ComponentCard";
import type { OpenSession, Person } from "./desk";
import { capital, queueLabel, reason, whoIs } from "./names";
import { scored } from "./score";
import { useTexts } from "./texts";
import { fold, type BotPart, type Bubble, type Day, type Item, type Sentence, type Trace } from "./transcript_fold";
import { UnsentBubble } from "./UnsentBubble";
import { useDesk } from "./use_desk";

const SHOWN = 120; // items drawn at first; older ones when the reader goes up to them
const MORE = 200;
const NEAR = 64; // pixels from the end that still count as reading the newest
const SEEN_AFTER = 600;

export function Transcript({ session }: { session: string }) {
  const desk = useDesk();
  const open = useKeyed(desk.sessions, session);
  return open ? <Talk open={open} /> : null;
}

function Talk({ open }: { open: OpenSession }) {
  const { t } = useTexts();
  const desk = useDesk();
  const unsent = useKeyed(desk.unsent, open.id);
  const link = useCell(desk.link);
  const items = useMemo(() => fold(open.events, open.package), [open.events, open.package]);
  const [shown, setShown] = useState(SHOWN);
  /** What was there when the reader went up; null: the reader is at the end. */
  const [left, setLeft] = useState<{ seq: number; items: number } | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const lastTop = useRef(0);
  const heightBefore = useRef(0);

  const last = open.events.at(-1)?.seq ?? 0;
  const name = whoIs(open.row);
  const isNear = left === null;
  const news = left ? items.filter((item) => item.is === "bubble" && item.seq > left.seq).length : 0;
  // New items at the end push none out at the top while someone reads there.
  const drawn = shown + (left ? Math.max(0, items.length - left.items) : 0);

  // Stays at the end while new things come or grow.
  useLayoutEffect(() => {
    const [box, content] = [scroller.current, inner.current];
    if (!box || !content) return;
    const follow = () => {
      if (stuck.current) box.scrollTop = box.scrollHeight;
    };
    const observer = new ResizeObserver(follow);
    observer.observe(content);
    observer.observe(box);
    follow();
    return () => observer.disconnect();
  }, []);

  // Older items came in above: what was before the eyes stays there.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box && heightBefore.current > 0) box.scrollTop += box.scrollHeight - heightBefore.current;
    heightBefore.current = 0;
  }, [shown]);

  useEffect(() => {
    if (!isNear || last === 0) return;
    const see = () => document.visibilityState === "visible" && desk.see(open.id);
    const timer = setTimeout(see, SEEN_AFTER);
    document.addEventListener("visibilitychange", see);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", see);
    };
  }, [desk, open.id, isNear, last, link]);

  function older(): void {
    if (drawn >= items.length) return;
    heightBefore.current = scroller.current?.scrollHeight ?? 0;
    setShown(shown + MORE);
  }

  function scrolled(): void {
    const box = scroller.current;
    if (!box) return;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    // Only the reader goes up. Content that grew since the event was raised has not moved anyone.
    const wentUp = box.scrollTop < lastTop.current - 2;
    lastTop.current = box.scrollTop;
    if (isAtEnd) {
      stuck.current = true;
      if (!isNear) setLeft(null);
    } else if (wentUp) {
      stuck.current = false;
      if (isNear) setLeft({ seq: last, items: items.length });
    }
    if (box.scrollTop < 200) older();
  }

  function toEnd(): void {
    const box = scroller.current;
    if (!box) return;
    stuck.current = true;
    box.scrollTop = box.scrollHeight;
    setLeft(null);
  }

  return (
    <div className="talk-box">
      <div
        ref={scroller}
        className="talk"
        role="log"
        aria-label={t("thread.log", { name })}
        aria-busy={!open.isRead}
        tabIndex={0}
        onScroll={scrolled}
      >
        <div ref={inner} className="talk-inner">
          {drawn < items.length && (
            <Button className="button talk-older" onPress={older}>
              {t("thread.older")}
            </Button>
          )}
          {items.slice(-drawn).map((item) => (
            <ItemView key={item.key} item={item} name={name} />
          ))}
          {unsent?.map((one) => (
            <UnsentBubble key={one.id} session={open.id} unsent={one} />
          ))}
          {open.isTyping && (
            <div className="line line-user">
              <Avatar name={name} size="small" />
              <div className="bubble bubble-user typing">
                <span className="vh">{t("thread.typing", { name })}</span>
                <i />
                <i />
                <i />
              </div>
            </div>
          )}
        </div>
      </div>
      {!isNear && (
        <Button className="pill" onPress={toEnd}>
          <Icon name="chevron" />
          {news > 0 ? t("thread.news", { n: news }) : t("thread.newest")}
        </Button>
      )}
    </div>
  );
}

const ItemView = memo(function ItemView({ item, name }: { item: Item; name: string }) {
  switch (item.is) {
    case "day":
      return <DayLine day={item} />;
    case "bubble":
      return <BubbleLine bubble={item} name={name} />;
    case "sentence":
      return <SentenceLine sentence={item} />;
    case "trace":
      return <TraceLine trace={item} />;
    case "bot":
      return <BotLines part={item} name={name} />;
  }
});

function DayLine({ day }: { day: Day }) {
  const { t, locale } = useTexts();
  const today = useTick((now) => dayKey(new Date(now)));
  const yesterday = useTick((now) => dayKey(new Date(now - 86_400_000)));
  const key = dayKey(day.at);
  const said =
    key === today
      ? t("thread.today")
      : key === yesterday
        ? t("thread.yesterday")
        : dayName(locale, day.at, new Date(Number(today.split("-")[0]), 0, 1));
  return (
    <h3 className="day">
      <span>{said}</span>
    </h3>
  );
}

/** Whether the rep of an event is the one at this page: by the login, by the name where there is none. */
function isThis(person: Person, login: string, name: string): boolean {
  return "rep" in person && (login ? login === person.rep.login : name === person.rep.name);
}

export function BubbleLine({ bubble, name }: { bubble: Bubble; name: string }) {
  const { t, locale } = useTexts();
  const desk = useDesk();
  const person = useCell(desk.person);
  const isMe = bubble.side === "rep" && isThis(person, bubble.login, bubble.name);
  const who =
    bubble.side === "user"
      ? name
      : bubble.side === "bot"
        ? t("thread.bot", { name: bubble.name })
        : bubble.side === "desk"
          ? t("thread.desk")
          : isMe
            ? t("thread.you")
            : capital(bubble.name);
  return (
    <div className={`line line-${bubble.side}`} data-first={bubble.isFirst || undefined}>
      {bubble.side === "user" && (bubble.isFirst ? <Avatar name={name} size="small" /> : <span className="line-gap" />)}
      <div className="line-words">
        <span className="vh">{who}: </span>
        {bubble.component ? (
          <ComponentCard shown={bubble.component} text={bubble.text} answer={bubble.answer} />
        ) : (
          <p className={`bubble bubble-${bubble.side}`} dir="auto">
            {bubble.text}
          </p>
        )}
        {bubble.trouble && (
          <p className="line-meta" data-tone="bad" title={bubble.trouble.reason}>
            <Icon name="alert" />
            {t(`delivery.${bubble.trouble.is}`)}
          </p>
        )}
        {bubble.isLast && (
          <p className="line-meta num">
            {bubble.side !== "user" && <span>{who} · </span>}
            <time dir="ltr" dateTime={bubble.at.toISOString()}>
              {clockTime(locale, bubble.at)}
            </time>
            {(bubble.side === "bot" || bubble.side === "desk") && <Why seq={bubble.seq} />}
          </p>
        )}
      </div>
    </div>
  );
}

/** Opens what led to a message, beside the transcript. */
function Why({ seq }: { seq: number }) {
  const { t } = useTexts();
  const { explained } = useDesk();
  const isOpen = useCell(explained) === seq;
  return (
    <Button
      className="line-why"
      data-why={seq}
      aria-pressed={isOpen}
      onPress={() => explained.set(isOpen ? null : seq)}
    >
      {t("thread.why")}
    </Button>
  );
}

const SENTENCE_ICONS = {
  ended: "check",
  language: "language",
  error: "alert",
  accepted: "accept",
  bot: "bot",
} as const;

function SentenceLine({ sentence }: { sentence: Sentence }) {
  const texts = useTexts();
  const { rich, has, locale } = texts;
  const desk = useDesk();
  const queues = useCell(desk.queues);
  const person = useCell(desk.person);
  const { says, by, because } = sentence;
  const isMe = says !== "queued" && isThis(person, sentence.login, sentence.who);
  const who =
    says === "queued"
      ? queueLabel(queues, sentence.who)
      : says === "language"
        ? languageName(locale, sentence.who)
        : says === "bot"
          ? sentence.who
          : capital(sentence.who);
  let key = `sentence.${says}`;
  if (says === "queued" && because) key = "sentence.queued_because";
  if ((says === "accepted" || says === "passed") && isMe) key = `sentence.${says}_you`;
  if (says === "ended" && has(`sentence.ended_${by}`)) key = `sentence.ended_${by}`;
  const icon = says in SENTENCE_ICONS ? SENTENCE_ICONS[says as keyof typeof SENTENCE_ICONS] : "handoff";
  return (
    <p className="sentence">
      <span>
        <Icon name={icon} />
        {rich(key, { who: <b>{who}</b>, because: <bdi>{reason(because, texts)}</bdi> })}{" "}
        <time className="num" dir="ltr" dateTime={sentence.at.toISOString()}>
          {clockTime(locale, sentence.at)}
        </time>
      </span>
    </p>
  );
}

const TRACE_ICONS = { understood: "sparkle", slot: "slot", action: "bolt", error: "alert" } as const;

/** Rules by which a message answers what the open dialog asks. */
const READINGS: ReadonlySet<string> = new Set(["reply", "late", "slots", "correction"]);

function TraceLine({ trace }: { trace: Trace }) {
  const { t, rich, has, locale } = useTexts();
  const { slots, intents } = useCell(useDesk().labels);
  const slot = <b dir="auto">{slots[trace.name] ?? trace.name}</b>;
  const said = {
    understood: () =>
      trace.name
        ? rich("trace.understood", {
            name: <b>{intents[trace.name] ?? trace.name}</b>,
            score: <span className="num">{trace.detail && scored(locale, Number(trace.detail))}</span>,
          })
        : t(trace.isOk ? (READINGS.has(trace.how) ? "trace.read" : "trace.heard") : "trace.not_understood"),
    slot: () =>
      trace.isPrivate
        ? rich("trace.slot_private", { name: slot })
        : trace.detail
          ? rich("trace.slot", { name: slot, value: <bdi className="num">{trace.detail}</bdi> })
          : rich("trace.slot_cleared", { name: slot }),
    action: () =>
      rich(trace.isOk ? "trace.action" : trace.detail ? "trace.action_why" : "trace.action_failed", {
        name: <b>{trace.name}</b>,
        error: trace.detail,
      }),
    error: () => rich("trace.error", { what: <b>{trace.name}</b>, detail: trace.detail }),
  };
  const how = trace.of === "slot" ? `from.${trace.how}` : `rule.${trace.how}`;
  return (
    <p className="trace" data-tone={trace.of === "error" ? "bad" : trace.isOk ? undefined : "warn"}>
      <Icon name={trace.isPrivate ? "lock" : TRACE_ICONS[trace.of]} />
      <span>
        {said[trace.of]()}
        {has(how) && <span className="trace-how"> · {t(how)}</span>}
      </span>
    </p>
  );
}

/** The bot's part: one line that explains itself, and unfolds. */
function BotLines({ part, name }: { part: BotPart; name: string }) {
  const { t, rich } = useTexts();
  const [isUnfolded, setUnfolded] = useState(false);
  const bot = <b>{t("part.bot", { name: part.bot || "" })}</b>;
  const questions = t("about.questions", { n: part.asked });
  const said =
    part.asked > 0
      ? rich(part.seconds > 0 ? "part.asked" : "part.asked_at_once", {
          bot,
          questions,
          time: duration(part.seconds, t),
        })
      : rich("part.talked", { bot });
  return (
    <>
      <div className="part" data-open={isUnfolded || undefined}>
        <Button className="part-fold" aria-expanded={isUnfolded} onPress={() => setUnfolded(!isUnfolded)}>
          <span className="part-icon">
            <Icon name="bot" />
          </span>
          <span className="part-said num">{said}</span>
          <Icon name="chevron" />
        </Button>
        {isUnfolded && (
          <div className="part-items">
            {part.items.map((item) => (
              <ItemView key={item.key} item={item} name={name} />
            ))}
          </div>
        )}
      </div>
      {!isUnfolded && part.last && <BubbleLine bubble={part.last} name={name} />}
    </>
  );
}

export function duration(seconds: number, t: (key: string, values?: Record<string, number>) => string): string {
  if (seconds < 90) return t("time.seconds", { n: seconds });
  if (seconds < 5400) return t("time.minutes", { n: Math.round(seconds / 60) });
  return t("time.hours", { n: Math.round(seconds / 3600) });
}
