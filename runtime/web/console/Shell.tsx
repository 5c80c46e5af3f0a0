import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useCell, useKeyed } from "../shared/keyed";
import { About } from "./About";
import { Announcer } from "./Announcer";
import { FILTERS, type Filter } from "./desk";
import type { Asked } from "./Dialogs";
import { Inbox } from "./Inbox";
import { Notices } from "./Notices";
import type { Rep } from "./protocol";
import { isWaiting } from "./protocol";
import { Rail } from "./Rail";
import { useShortcuts } from "./shortcuts";
import { useTexts } from "./texts";
import { Thread } from "./Thread";
import { useDesk } from "./use_desk";

// What a rep may want next is fetched once the page stands: the first load stays small, and no click waits.
const dialogs = () => import("./Dialogs");
const Dialogs = lazy(dialogs);
const turn = () => import("./turn/Turn");
const Turn = lazy(turn);
const LATER = [
  dialogs,
  turn,
  () => import("./AccountMenu"),
  () => import("./ComponentPicker"),
  () => import("./SignInAgain"),
];

function focusOn(selector: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus());
}

/** The rail, and three panes: inbox, thread, about. On a phone each pane is a screen. */
export function Shell({ rep }: { rep: Rep }) {
  const { t } = useTexts();
  const desk = useDesk();
  const name = useCell(desk.name);
  const opened = useCell(desk.opened);
  const explained = useCell(desk.explained);
  const waiting = useKeyed(desk.lists, "waiting")?.length ?? 0;
  const [filter, setFilter] = useState<Filter>("mine");
  const [isAbout, setAbout] = useState(false);
  const [asked, setAsked] = useState<Asked>(null);

  useEffect(() => {
    const place = `${t("inbox.title")} · ${name || "frontdesk"}`;
    document.title = waiting > 0 ? `(${waiting}) ${place}` : place;
  }, [t, name, waiting]);

  useEffect(() => {
    const follow = () => desk.open(decodeURIComponent(location.hash.slice(1)) || null);
    follow();
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, [desk]);

  useEffect(() => {
    const timer = setTimeout(() => LATER.forEach((fetchIt) => void fetchIt()), 1500);
    return () => clearTimeout(timer);
  }, []);

  const open = useCallback(
    (session: string) => {
      if (desk.opened.get() === null) history.pushState(null, "", `#${encodeURIComponent(session)}`);
      else history.replaceState(null, "", `#${encodeURIComponent(session)}`);
      desk.open(session);
      setAbout(false);
    },
    [desk],
  );

  const back = useCallback(() => {
    const left = desk.opened.get();
    history.replaceState(null, "", location.pathname + location.search);
    desk.open(null);
    setAbout(false);
    focusOn(left ? `[data-session="${CSS.escape(left)}"]` : ".row");
  }, [desk]);

  const unexplain = useCallback(() => {
    focusOn(`[data-why="${desk.explained.get()}"], .desk:not(:has([data-why="${desk.explained.get()}"])) .talk`);
    desk.explained.set(null);
  }, [desk]);

  /** The customer beside the thread, in place of a turn that is looked into. */
  function about(): void {
    setAbout(explained !== null || !isAbout);
    desk.explained.set(null);
  }

  function step(by: 1 | -1): void {
    const ids = desk.lists.get(filter) ?? [];
    const index = ids.indexOf(desk.opened.get() ?? "");
    const next = ids[index === -1 ? (by === 1 ? 0 : ids.length - 1) : index + by];
    if (next) open(next);
  }

  useShortcuts(asked === null, {
    a: () => {
      const row = opened === null ? undefined : desk.rows.get(opened);
      if (row && isWaiting(row)) desk.accept(row.id);
    },
    e: () => {
      if (opened !== null && desk.rows.get(opened)?.owner === `rep:${rep.login}`)
        setAsked({ is: "end", session: opened });
    },
    r: () => focusOn(".compose-text"),
    c: () => document.querySelector<HTMLElement>(".compose-components")?.click(),
    i: about,
    w: () => (explained === null ? desk.explained.set(desk.answer()) : unexplain()),
    j: () => step(1),
    k: () => step(-1),
    "?": () => setAsked({ is: "keys" }),
    Escape: () => (explained !== null ? unexplain() : isAbout ? setAbout(false) : opened !== null && back()),
    ...Object.fromEntries(FILTERS.map((one, index) => [String(index + 1), () => setFilter(one)])),
  });

  const isBeside = isAbout || explained !== null;
  const screen = opened === null ? "list" : isBeside ? "about" : "thread";
  return (
    <div className="desk" data-screen={screen}>
      <Rail rep={rep} waiting={waiting} onInbox={back} onKeys={() => setAsked({ is: "keys" })} />
      <main className="panes" data-about={isBeside || undefined}>
        <h1 className="vh">{t("title", { name: name || "frontdesk" })}</h1>
        <Inbox filter={filter} onFilter={setFilter} onOpen={open} />
        <Thread
          key={opened ?? ""}
          session={opened}
          rep={rep}
          isAbout={isAbout}
          onAbout={about}
          onBack={back}
          onEnd={(session) => setAsked({ is: "end", session })}
        />
        {opened !== null && explained === null && <About session={opened} onBack={() => setAbout(false)} />}
        {opened !== null && explained !== null && (
          <Suspense fallback={<section className="about" />}>
            <Turn
              session={opened}
              seq={explained}
              onTurn={(seq) => desk.explained.set(desk.answer(seq) ?? seq)}
              onClose={unexplain}
            />
          </Suspense>
        )}
      </main>
      <Notices />
      <Announcer />
      <Suspense>{asked && <Dialogs asked={asked} onDone={() => setAsked(null)} />}</Suspense>
    </div>
  );
}
