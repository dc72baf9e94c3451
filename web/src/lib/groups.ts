// The calls of one session or caller: what they sum to, and how long was between them.
import type { Conversation } from "../api/types";

export interface GroupSums {
  calls: number;
  first: number;
  last: number;
  length: number;
  replyP50: number | null;
  bargeIns: number;
  failed: number;
  cost: number | null;
}

export const callLength = (row: Conversation): number => Math.max(0, (row.end ?? Math.max(row.start, ...row.strip.map((part) => row.start + part.to))) - row.start);

/** The median of the calls' medians: each call counts as one, however long it was. */
export function groupSums(calls: Conversation[]): GroupSums {
  const replies = calls.map((row) => row.reply_p50).filter((reply) => reply !== null).sort((a, b) => a - b);
  const costs = calls.map((row) => row.cost).filter((cost) => cost !== null);
  return {
    calls: calls.length,
    first: Math.min(...calls.map((row) => row.start)),
    last: Math.max(...calls.map((row) => row.start)),
    length: calls.reduce((sum, row) => sum + callLength(row), 0),
    replyP50: replies.length === 0 ? null : replies[Math.floor((replies.length - 1) / 2)],
    bargeIns: calls.reduce((sum, row) => sum + row.barge_ins, 0),
    failed: calls.filter((row) => row.outcome === "error").length,
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
  };
}

/** "13 min", "5 h", "3.1 days": the pause before a call, in two words. */
export function pause(ms: number): [string, string] {
  if (ms < 60_000) return [String(Math.max(0, Math.round(ms / 1000))), "s"];
  if (ms < 3_600_000) return [String(Math.round(ms / 60_000)), "min"];
  if (ms < 86_400_000) return [String(Math.round(ms / 3_600_000)), "h"];
  const days = ms / 86_400_000;
  return [days < 10 ? days.toFixed(1).replace(/\.0$/, "") : String(Math.round(days)), days === 1 ? "day" : "days"];
}

/** Widths that grow with the length of a call, none too thin to be seen, in all not more than `room` where that is possible. */
export function widths(lengths: number[], room: number, least: number): number[] {
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  const free = Math.max(0, room - least * lengths.length);
  return lengths.map((length) => Math.round(least + (whole > 0 ? (free * length) / whole : free / lengths.length)));
}
