// What a running call does at this moment, and whether somebody should look at it.
import type { Conversation, Turn } from "../api/types";
import { duration, plural, REPLY_SLOW } from "./format";

export type Doing = { what: "caller" | "thinking" | "bot" | "quiet"; since: number | null };

/** From the newest turn that is known. Spans come when they begin or end, so this is as late as they are. */
export function doing(turn: Turn | undefined): Doing {
  if (turn === undefined || !turn.live) return { what: "quiet", since: turn?.end ?? null };
  if (turn.bot_from !== null) return turn.bot_to === null ? { what: "bot", since: turn.bot_from } : { what: "quiet", since: turn.bot_to };
  if (turn.user_to !== null) return { what: "thinking", since: turn.user_to };
  if (turn.user_from !== null) return { what: "caller", since: turn.user_from };
  return { what: "quiet", since: turn.start };
}

/** Longer without a reply than this, a caller asks whether anybody is there. */
const SILENT = 4000;
const MANY_BARGE_INS = 5;

export interface Place { at: number; level: number }

/** Rows in the places they had, with the levels they had; new ones behind, as they are. */
export function inPlace<T extends { id: string; level: number }>(rows: T[], places: ReadonlyMap<string, Place>): T[] {
  const placed = rows.map((row) => ({ row: { ...row, level: places.get(row.id)?.level ?? row.level }, at: places.get(row.id)?.at ?? rows.length + places.size }));
  return placed.sort((a, b) => a.at - b.at).map(({ row }) => row);
}

export interface Trouble { level: 0 | 1 | 2; reason: string }

export function trouble(row: Conversation, turn: Turn | undefined, now: number): Trouble {
  const state = doing(turn);
  if (turn && turn.errors.length > 0) return { level: 2, reason: turn.errors[0] };
  if (state.what === "thinking" && state.since !== null && now - state.since > SILENT) return { level: 2, reason: `No reply for ${duration(now - state.since)}` };
  if (row.errors > 0) return { level: 2, reason: plural(row.errors, "error") };
  if (row.barge_ins >= MANY_BARGE_INS) return { level: 1, reason: plural(row.barge_ins, "barge-in") };
  if ((row.reply_p95 ?? 0) > REPLY_SLOW) return { level: 1, reason: `Replies take up to ${duration(row.reply_max ?? row.reply_p95)}` };
  return { level: 0, reason: "" };
}

/** Has the running call these words in what the wall shows of it? Letters alike, small or large. */
export function says(row: Conversation, words: string): boolean {
  const text = [row.title, row.last_line, row.caller, row.session, row.version, row.release, row.id].filter(Boolean).join("\n").toLowerCase();
  return text.includes(words.trim().toLowerCase());
}
