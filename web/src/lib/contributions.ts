// The parts of a reply.
import type { Contribution, Turn } from "../api/types";

/** A part that is at least this share of the whole is worth a word. */
const WORTH = 0.4;

/** The largest part, if it is large; not the part that nobody owns. */
export function blame(turn: Pick<Turn, "reply" | "contributions">): { contribution: Contribution; percent: number } | null {
  if (!turn.reply) return null;
  const largest = turn.contributions
    .filter((part) => part.owner !== "unattributed")
    .reduce<Contribution | null>((most, part) => (part.duration > (most?.duration ?? 0) ? part : most), null);
  if (!largest || turn.contributions.length < 2 || largest.duration < WORTH * turn.reply) return null;
  return { contribution: largest, percent: Math.round((largest.duration / turn.reply) * 100) };
}

export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** On which side of its bar a label fits: to the right, else to the left, else nowhere. Pixels. */
export function labelSide(left: number, width: number, label: number, whole: number): "right" | "left" | "none" {
  const room = 8;
  if (left + width + room + label <= whole) return "right";
  return left - room - label >= 0 ? "left" : "none";
}
