// Geometry of percentiles over time.
import type { SeriesColumns } from "../api/types";

/** A round number of ms at or above `value` whose quarters are round too: the top of an axis that starts at 0. */
export function axisTop(value: number): number {
  const steps = [400, 800, 1200, 1600, 2000, 2400, 4000, 6000, 8000, 12_000, 16_000, 20_000, 40_000, 60_000];
  return steps.find((step) => step >= value) ?? Math.ceil(value / 60_000) * 60_000;
}

export interface Point { index: number; low: number; high: number }

/** Pieces of a band between two percentiles; a step without values ends a piece. */
export function bandPieces(columns: SeriesColumns, low: "p50" | "p90" | "p95" | null, high: "p50" | "p90" | "p95" | "p99"): Point[][] {
  const pieces: Point[][] = [];
  let piece: Point[] = [];
  columns[high].forEach((top, index) => {
    const bottom = low === null ? 0 : columns[low][index];
    if (top === null || bottom === null) {
      if (piece.length > 0) pieces.push(piece);
      piece = [];
      return;
    }
    piece.push({ index, low: bottom, high: top });
  });
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}
