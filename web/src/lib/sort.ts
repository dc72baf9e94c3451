// By what the list is ordered: its heads turn it.
import type { ColumnKey } from "./columns";

/** Columns that it can be ordered by, as the server names them. */
const SORTS: Partial<Record<ColumnKey, string>> = { started: "start", length: "length", turns: "turns", p50: "reply_p50", p95: "reply_p95", barge: "barge_ins", cost: "cost", spans: "spans" };
const LEAST_FIRST = ".asc";

/** How the column is ordered in this order of the list; null: not by it. */
export function sorted(sort: string, key: ColumnKey): "ascending" | "descending" | null {
  const name = SORTS[key];
  if (name === undefined) return null;
  if (sort === name + LEAST_FIRST) return "ascending";
  return sort === name || (sort === "" && key === "started") ? "descending" : null;
}

/** What a press on the column's head asks for: most first, then least first, then newest first again. Null: it cannot be ordered by. */
export function turned(sort: string, key: ColumnKey): string | null {
  const name = SORTS[key];
  if (name === undefined) return null;
  const now = sorted(sort, key);
  if (now === null) return name === SORTS.started ? "" : name;
  return now === "descending" ? name + LEAST_FIRST : "";
}
