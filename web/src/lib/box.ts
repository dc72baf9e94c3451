// A box of time and reply time, as the address and the request write it, and as it is drawn over the heatmap.
import type { Heatmap } from "../api/types";
import { duration, startedShort } from "./format";

/** Milliseconds: times since the epoch, and replies. */
export interface Box { from: number; to: number; replyFrom: number; replyTo: number }

/** No reply is slower. */
const NO_END = 3_600_000;

export const boxParams = (box: Box): Record<string, string> => ({
  from: String(box.from), to: String(box.to), reply_from: String(box.replyFrom), reply_to: String(box.replyTo),
});

export const boxText = (box: Box): string => [box.from, box.to, box.replyFrom, box.replyTo].map(Math.round).join("~");

export function readBox(text: string | null): Box | null {
  const parts = (text ?? "").split("~").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isFinite(part) || part < 0)) return null;
  const [from, to, replyFrom, replyTo] = parts;
  return from < to && replyFrom < replyTo ? { from, to, replyFrom, replyTo } : null;
}

export function boxWords(box: Box): string {
  const replies = box.replyTo >= NO_END ? (box.replyFrom === 0 ? "any reply" : `replies over ${duration(box.replyFrom)}`) : `replies of ${duration(box.replyFrom)} to ${duration(box.replyTo)}`;
  return `${startedShort(box.from)} – ${startedShort(box.to)}, ${replies}`;
}

export interface Cell { column: number; row: number }

/** What two opposite cells of the heatmap span; rows count from the fastest. */
export function boxOfCells(map: Pick<Heatmap, "time" | "step" | "edges">, a: Cell, b: Cell): Box {
  const [left, right] = [Math.min(a.column, b.column), Math.max(a.column, b.column)];
  const [low, high] = [Math.min(a.row, b.row), Math.max(a.row, b.row)];
  return {
    from: map.time[left], to: map.time[right] + map.step,
    replyFrom: low === 0 ? 0 : map.edges[low - 1], replyTo: high < map.edges.length ? map.edges[high] : NO_END,
  };
}

/** A step of time with all replies from `replyFrom` on. */
export const boxOfStep = (from: number, step: number, replyFrom: number): Box => ({ from, to: from + step, replyFrom, replyTo: NO_END });

/** The cells that a box covers, [first, last] of columns and rows; null when it lies outside. */
export function cellsOfBox(map: Pick<Heatmap, "time" | "step" | "edges">, box: Box): { columns: [number, number]; rows: [number, number] } | null {
  const inside = map.time.flatMap((time, index) => (time + map.step > box.from && time < box.to ? [index] : []));
  const starts = [0, ...map.edges];
  const rows = starts.flatMap((start, index) => (start < box.replyTo && (starts[index + 1] ?? NO_END) > box.replyFrom ? [index] : []));
  if (inside.length === 0 || rows.length === 0) return null;
  return { columns: [inside[0], inside[inside.length - 1]], rows: [rows[0], rows[rows.length - 1]] };
}
