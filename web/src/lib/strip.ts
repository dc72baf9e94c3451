// Marks of the turn strip, fitted to the width of a row.
import type { Conversation } from "../api/types";

export interface StripMark { kind: "caller" | "bot" | "barge_in" | "error" | "span"; x: number; y: number; width: number; height: number }

/** Thinner than this a mark cannot be seen. */
const THINNEST = 1.4;
const CROSS = 8;

const PLACE = {
  caller: { y: 2, height: 8 },
  bot: { y: 12, height: 8 },
  barge_in: { y: 0, height: 22 },
  error: { y: 7, height: CROSS },
  span: { y: 8, height: 6 },
} as const;

/** Marks in the order in which they are painted: what interrupts lies above what speaks. */
export function strip(row: Pick<Conversation, "strip" | "start" | "end" | "live">, width: number, now: number): StripMark[] {
  const known = row.strip.reduce((last, part) => Math.max(last, part.to), 0);
  const length = Math.max(1, known, row.end !== null ? row.end - row.start : 0, row.live ? now - row.start : 0);
  const scale = width / length;
  const marks: StripMark[] = [];
  for (const part of row.strip) {
    const place = PLACE[part.lane];
    if (place === undefined) continue; // a newer server's lane
    const x = Math.min(Math.max(0, part.from * scale), width - THINNEST);
    if (part.lane === "error") marks.push({ kind: "error", x: Math.min(x, width - CROSS - 1), width: CROSS, ...place });
    else if (part.lane === "barge_in") marks.push({ kind: "barge_in", x: Math.max(0, x - 0.9), width: 1.8, ...place });
    else marks.push({ kind: part.lane, x, width: Math.max(THINNEST, Math.min((part.to - part.from) * scale, width - x)), ...place });
  }
  const above = { span: 0, caller: 0, bot: 0, barge_in: 1, error: 2 };
  return marks.sort((a, b) => above[a.kind] - above[b.kind]);
}
