// An endless list: the rows in sight, the next page when its end comes near, and the row that keys move to.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useRef } from "react";

/** So many rows before the end the next page is asked for. */
const AHEAD = 50;

interface Pages { hasNextPage: boolean; isFetchingNextPage: boolean; isError: boolean; fetchNextPage: () => Promise<unknown> }

export function useRows<T>(rows: T[], keyOf: (row: T) => string, height: number, list: Pages) {
  const scroller = useRef<HTMLDivElement>(null);
  // The same function for the same rows: with another one every place is reckoned anew, at each step of the scrolling.
  const keyAt = useCallback((index: number) => keyOf(rows[index]), [rows]);
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 8, getItemKey: keyAt,
  });
  useEffect(() => virtual.measure(), [height, virtual]);
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD && list.hasNextPage && !list.isFetchingNextPage && !list.isError) void list.fetchNextPage();
  }, [last, rows.length, list]);
  /** The row that lies so many below the one with this key, or the first; it is brought into sight. */
  const step = (from: string | null, by: number): T | null => {
    const at = from === null ? -1 : rows.findIndex((row) => keyOf(row) === from);
    const to = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by));
    if (!rows[to]) return null;
    virtual.scrollToIndex(to);
    return rows[to];
  };
  return { scroller, virtual, items, step };
}
