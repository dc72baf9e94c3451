// Requests with traces by the minute.
import type { IngestHour } from "../api/types";
import { day } from "./format";

export interface IngestBar { at: number; taken: number; refused: number }

export const ingestBars = ({ from, step, taken, refused }: IngestHour): IngestBar[] =>
  taken.map((count, index) => ({ at: from + index * step, taken: count, refused: refused[index] ?? 0 }));

/** A round number of requests at or above the highest bar, whose half is whole too: the top of the axis. */
export function countTop(bars: IngestBar[]): number {
  const most = Math.max(2, ...bars.map((bar) => bar.taken + bar.refused));
  const scale = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 10].map((step) => step * scale).find((top) => top >= most && top % 2 === 0) ?? 20 * scale;
}

/** "20 Nov 2026, 21 Nov 2026" of "20261120", as the server names its days. */
export const dayNames = (days: string[]): string => days.map((text) => day(new Date(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6))).getTime())).join(", ");
