// Spans as a tree in the order of a reader: parents before children, by start.
import type { Span } from "../api/types";

export interface TreeRow {
  span: Span;
  depth: number;
  children: number;
  folded: boolean;
  /** For each level above: does a line go on below this row? The last entry is the row's own. */
  guides: boolean[];
}

/** A span whose parent is not here is a root; a circle of parents is cut where it is entered. */
export function spanTree(spans: Span[], folded: ReadonlySet<string> = new Set()): TreeRow[] {
  const known = new Set(spans.map((span) => span.id));
  const children = new Map<string | null, Span[]>();
  for (const span of spans) {
    const parent = span.parent !== null && known.has(span.parent) && span.parent !== span.id ? span.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  for (const list of children.values()) list.sort((a, b) => a.start - b.start || (b.end ?? Infinity) - (a.end ?? Infinity));

  const rows: TreeRow[] = [];
  const seen = new Set<string>();
  const walk = (siblings: Span[], depth: number, guides: boolean[]) => {
    siblings.forEach((span, index) => {
      if (seen.has(span.id)) return;
      seen.add(span.id);
      const below = children.get(span.id) ?? [];
      const own = [...guides, index < siblings.length - 1];
      rows.push({ span, depth, children: below.length, folded: folded.has(span.id), guides: own });
      if (!folded.has(span.id)) walk(below, depth + 1, own);
      else markSeen(below);
    });
  };
  const markSeen = (list: Span[]) => {
    for (const span of list) {
      if (seen.has(span.id)) continue;
      seen.add(span.id);
      markSeen(children.get(span.id) ?? []);
    }
  };
  walk(children.get(null) ?? [], 0, []);
  // What hangs on a circle alone has not been reached.
  for (const span of spans) if (!seen.has(span.id)) walk([span], 0, []);
  return rows;
}

export interface Range { from: number; to: number }

/** From the first start to the last end; an open span reaches to `now`. */
export function rangeOf(spans: Span[], now: number): Range {
  if (spans.length === 0) return { from: 0, to: 1 };
  let from = Infinity;
  let to = -Infinity;
  for (const span of spans) {
    from = Math.min(from, span.start);
    to = Math.max(to, span.end ?? Math.max(now, span.start));
  }
  return { from, to: Math.max(to, from + 1) };
}

/** Left edge and width in percent of the range, never thinner than can be seen. */
export function bar(span: { start: number; end: number | null }, range: Range, now: number): { left: number; width: number } {
  const length = range.to - range.from;
  const left = Math.min(99.6, Math.max(0, ((span.start - range.from) / length) * 100));
  const end = span.end ?? now;
  const width = Math.max(0.4, ((end - Math.max(span.start, range.from)) / length) * 100);
  return { left, width: Math.min(width, 100 - left) };
}

/** Rows of a small overview: spans stacked so that none covers another, at most `most` rows. */
export function stack(spans: Span[], range: Range, now: number, most: number): { span: Span; row: number; left: number; width: number }[] {
  const ends: number[] = [];
  const placed = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    let row = ends.findIndex((end) => end <= span.start);
    if (row < 0) row = ends.length;
    if (row >= most) continue;
    ends[row] = span.end ?? now;
    placed.push({ span, row, ...bar(span, range, now) });
  }
  return placed;
}

/** From the root down to the span's parent; at most eight, the nearest. */
export function ancestors(spans: Span[], span: Span): Span[] {
  const known = new Map(spans.map((one) => [one.id, one]));
  const above: Span[] = [];
  for (let at = span.parent; at !== null && above.length < 8; ) {
    const parent = known.get(at);
    if (parent === undefined || parent.id === span.id || above.includes(parent)) break;
    above.unshift(parent);
    at = parent.parent;
  }
  return above;
}

/** The span's parent, its siblings nearest in time, and its children: at most `most`, in order of start. */
export function neighbours(spans: Span[], span: Span, most: number): Span[] {
  const near = spans.filter((one) => one.id !== span.id && (one.id === span.parent || one.parent === span.id || (span.parent !== null && one.parent === span.parent)));
  near.sort((a, b) => Math.abs(a.start - span.start) - Math.abs(b.start - span.start));
  return [span, ...near.slice(0, most - 1)].sort((a, b) => a.start - b.start || (b.end ?? Infinity) - (a.end ?? Infinity));
}
