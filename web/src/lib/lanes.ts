// Geometry of a conversation's picture: what was said when, by whom, and the gaps between.
import type { Turn } from "../api/types";
import { judge, type Verdict } from "./format";

export interface Block { turn: number; lane: "caller" | "bot"; from: number; to: number }
export interface Column { turn: number; from: number; to: number; live: boolean }
export interface Gap { turn: number; from: number; to: number; reply: number; verdict: Verdict }
export interface Lanes { length: number; columns: Column[]; blocks: Block[]; gaps: Gap[]; bargeIns: { turn: number; at: number }[] }

/** All offsets in ms from the conversation's start. An open end reaches to `now`. */
export function lanes(turns: Turn[], start: number, end: number | null, now: number): Lanes {
  const last = turns.reduce((latest, turn) => Math.max(latest, turn.end ?? turn.bot_to ?? turn.start), end ?? start);
  const open = turns.some((turn) => turn.live) && end === null;
  const length = Math.max(1, (open ? Math.max(last, now) : last) - start);
  const at = (time: number) => Math.min(length, Math.max(0, time - start));

  const result: Lanes = { length, columns: [], blocks: [], gaps: [], bargeIns: [] };
  turns.forEach((turn, index) => {
    const next = turns[index + 1];
    const ends = turn.end ?? next?.start ?? start + length;
    result.columns.push({ turn: turn.number, from: at(turn.start), to: at(ends), live: turn.live });
    if (turn.user_from !== null) {
      result.blocks.push({ turn: turn.number, lane: "caller", from: at(turn.user_from), to: at(turn.user_to ?? ends) });
    }
    if (turn.bot_from !== null) {
      result.blocks.push({ turn: turn.number, lane: "bot", from: at(turn.bot_from), to: at(turn.bot_to ?? ends) });
    }
    if (turn.reply !== null && turn.user_to !== null) {
      result.gaps.push({
        turn: turn.number, from: at(turn.user_to), to: at(turn.user_to + turn.reply), reply: turn.reply,
        verdict: judge(turn.reply),
      });
    }
    if (turn.interrupted) result.bargeIns.push({ turn: turn.number, at: at(next?.user_from ?? turn.bot_to ?? ends) });
  });
  return result;
}

/** Share of speaking time, in percent: [caller, bot]; null when nobody is known to have spoken. */
export function talkShare(blocks: Block[]): [number, number] | null {
  const sum = (lane: string) => blocks.filter((block) => block.lane === lane).reduce((all, block) => all + block.to - block.from, 0);
  const caller = sum("caller");
  const whole = caller + sum("bot");
  if (whole <= 0) return null;
  const share = Math.round((caller / whole) * 100);
  return [share, 100 - share];
}
