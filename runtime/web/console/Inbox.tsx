import { useVirtualizer, type Range } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { Button } from "react-aria-components/Button";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import { Icon } from "../shared/icons";
import { useCell, useKeyed } from "../shared/keyed";
import { FILTERS, type Filter } from "./desk";
import { InboxRow } from "./InboxRow";
import { shortcutsOn } from "./shortcuts";
import { useTexts } from "./texts";
import { useDesk } from "./use_desk";

const ROW = 64;
const NONE: readonly string[] = [];

interface InboxProps {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  onOpen: (session: string) => void;
}

export function Inbox({ filter, onFilter, onOpen }: InboxProps) {
  const { t } = useTexts();
  const desk = useDesk();
  const link = useCell(desk.link);
  const isLoaded = useCell(desk.isLoaded);
  const barred = useCell(desk.barred);
  const ids = useKeyed(desk.lists, filter) ?? NONE;
  return (
    <section className="inbox" aria-labelledby="inbox-title">
      <div className="inbox-head">
        <h2 id="inbox-title" className="inbox-title">
          {t("inbox.title")}
        </h2>
      </div>
      <ToggleButtonGroup
        className="switch inbox-filter"
        aria-label={t("inbox.filter")}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[filter]}
        onSelectionChange={(keys) => onFilter([...keys][0] as Filter)}
      >
        {FILTERS.map((one) => (
          <FilterPart key={one} filter={one} />
        ))}
      </ToggleButtonGroup>
      <div className="link" role="status">
        {link !== "open" && isLoaded && (
          <p className="link-lost">
            <Icon name="offline" />
            <span>{t("link.lost")}</span>
          </p>
        )}
      </div>
      {ids.length > 0 ? (
        <Rows key={filter} ids={ids} filter={filter} onOpen={onOpen} />
      ) : isLoaded ? (
        <Empty filter={filter} onFilter={onFilter} />
      ) : (
        <p className="inbox-wait">{barred || t("link.loading")}</p>
      )}
    </section>
  );
}

function FilterPart({ filter }: { filter: Filter }) {
  const { t } = useTexts();
  const desk = useDesk();
  const count = useKeyed(desk.lists, filter)?.length ?? 0;
  return (
    <ToggleButton id={filter} className="switch-part">
      {t(`inbox.${filter}`)} <span className="switch-count num">{count}</span>
    </ToggleButton>
  );
}

/** A list of real buttons with one tab stop. It keeps its place when rows come, go and change order. */
function Rows({ ids, filter, onOpen }: { ids: readonly string[]; filter: Filter; onOpen: (id: string) => void }) {
  const { t } = useTexts();
  const desk = useDesk();
  const opened = useCell(desk.opened);
  const [focused, setFocused] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef<{ id: string; offset: number } | null>(null);

  const stop = [focused, opened].find((id) => id !== null && ids.includes(id)) ?? ids[0];
  const stopIndex = stop === undefined ? -1 : ids.indexOf(stop);
  // eslint-disable-next-line react-hooks/incompatible-library -- not compiled, and not handed to memoised children
  const rows = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => ids[index] ?? index,
    overscan: 8,
    // The row with the tab stop stays in the page, else focus would be lost when it scrolls away.
    rangeExtractor: (range) => withStop(range, stopIndex),
  });

  function keepAnchor(): void {
    const box = scroller.current;
    if (!box) return;
    const index = Math.floor(box.scrollTop / ROW);
    const id = ids[index];
    anchor.current = id && box.scrollTop > 0 ? { id, offset: box.scrollTop - index * ROW } : null;
  }

  useLayoutEffect(() => {
    const kept = anchor.current;
    const index = kept ? ids.indexOf(kept.id) : -1;
    if (kept && index >= 0 && scroller.current) scroller.current.scrollTop = index * ROW + kept.offset;
  }, [ids]);

  // A session opened by a key or an address comes into view.
  const { scrollToIndex } = rows;
  useEffect(() => {
    const index = opened === null ? -1 : ids.indexOf(opened);
    if (index >= 0) scrollToIndex(index, { align: "auto" });
    // Only when another one is opened, not whenever the order changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [opened]);

  function move(event: KeyboardEvent): void {
    const last = ids.length - 1;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ((key === "j" || key === "k") && !shortcutsOn.get()) return;
    const to: Record<string, number> = {
      ArrowDown: stopIndex + 1,
      j: stopIndex + 1,
      ArrowUp: stopIndex - 1,
      k: stopIndex - 1,
      Home: 0,
      End: last,
      PageDown: stopIndex + 8,
      PageUp: stopIndex - 8,
    };
    const wanted = to[key];
    if (wanted === undefined) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, wanted));
    const id = ids[index];
    if (id === undefined) return;
    setFocused(id);
    rows.scrollToIndex(index, { align: "auto" });
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-session="${CSS.escape(id)}"]`)?.focus();
    });
  }

  return (
    <div ref={scroller} className="inbox-rows" onScroll={keepAnchor}>
      <ul aria-label={t(`inbox.list_${filter}`)} style={{ blockSize: rows.getTotalSize() }} onKeyDown={move}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const id = ids[index];
          if (id === undefined) return null;
          return (
            <li
              key={id}
              className="inbox-item"
              aria-setsize={ids.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <InboxRow
                id={id}
                isOpen={id === opened}
                isStop={id === stop}
                onFocus={() => setFocused(id)}
                onOpen={() => onOpen(id)}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function withStop(range: Range, stop: number): number[] {
  const first = Math.max(0, range.startIndex - range.overscan);
  const last = Math.min(range.count - 1, range.endIndex + range.overscan);
  const shown = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  if (stop >= 0 && stop < first) return [stop, ...shown];
  return stop > last ? [...shown, stop] : shown;
}

function Empty({ filter, onFilter }: { filter: Filter; onFilter: (filter: Filter) => void }) {
  const { t } = useTexts();
  const desk = useDesk();
  const waiting = useKeyed(desk.lists, "waiting")?.length ?? 0;
  const isInvited = filter === "mine" && waiting > 0;
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={filter === "mine" ? "inbox" : filter === "waiting" ? "check" : "chat"} />
      </span>
      <h3 className="empty-title">{t(`empty.${filter}`)}</h3>
      <p className="empty-text">{isInvited ? t("empty.mine_invited", { n: waiting }) : t(`empty.${filter}_text`)}</p>
      {isInvited && (
        <Button className="button" onPress={() => onFilter("waiting")}>
          {t("empty.show_waiting")}
        </Button>
      )}
    </div>
  );
}
