// A figure beside that of the period before.
import type { Heatmap, Latency, SeriesTotals } from "../api/types";
import { REPLY_SLOW } from "./format";

export interface Change { text: string; tone: "good" | "bad" | "plain" }

/** Less than this is no news: percent, or points of a percentage. */
const NEWS = 1;

function told(by: number, text: string, better: "less" | "more" | null): Change {
  const sign = by > 0 ? "+" : by < 0 ? "−" : "±";
  const tone = better === null || Math.abs(by) < NEWS ? "plain" : (by < 0) === (better === "less") ? "good" : "bad";
  return { text: `${sign}${text}`, tone };
}

/** More than this is told as so many times. */
const MANY_TIMES = 1000;

/** "+18 %" against the period before, "×91" where that says more; null without one of the two. */
export function change(now: number | null, before: number | null, better: "less" | "more" | null): Change | null {
  if (now === null || before === null || before === 0) return null;
  const by = Math.round((now / before - 1) * 100);
  if (by >= MANY_TIMES) return { ...told(by, "", better), text: `×${Math.round(now / before)}` };
  return told(by, `${Math.abs(by)} %`, better);
}

/** "−3.1 pt": of shares, from 0 to 1. */
export function pointChange(now: number | null, before: number | null, better: "less" | "more" | null): Change | null {
  if (now === null || before === null) return null;
  const by = Math.round((now - before) * 1000) / 10;
  return told(by, `${Math.abs(by).toFixed(1)} pt`, better);
}

const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

export const inGoal = (data: Latency): number | null => share(data.in_goal, data.reply.count);
export const bargeInRate = (data: Latency): number | null => share(data.interrupted, data.turns);

export function costPerMinute({ cost, length }: Pick<Latency, "cost" | "length">): number | null {
  return cost === null || length === null || length <= 0 ? null : cost / (length / 60_000);
}

/** Of each step the share of replies in the goal; null where none was. */
export function goalCourse(map: Heatmap): (number | null)[] {
  const slow = map.edges.findIndex((edge) => edge > REPLY_SLOW);
  return map.count.map((rows) => {
    const all = rows.reduce((sum, count) => sum + count, 0);
    return share(rows.slice(0, slow < 0 ? rows.length : slow).reduce((sum, count) => sum + count, 0), all);
  });
}

/** Of each step the share of turns in which the caller spoke over the bot; null where there was none. */
export const bargeInCourse = ({ turns, interrupted }: SeriesTotals): (number | null)[] => turns.map((all, index) => share(interrupted[index], all));

/** Of each step what a minute of call cost, as far as that is known. */
export const costCourse = ({ cost, length }: SeriesTotals): (number | null)[] => cost.map((spent, index) => costPerMinute({ cost: spent, length: length[index] }));

/** A line through the values in a room of that size; what is null breaks it. */
export function sparkPath(values: (number | null)[], width: number, height: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const y = (value: number) => (high === low ? height / 2 : height - ((value - low) / (high - low)) * height);
  let path = "";
  let pen = false;
  values.forEach((value, index) => {
    if (value === null) return void (pen = false);
    const x = values.length > 1 ? (index / (values.length - 1)) * width : width / 2;
    path += `${pen ? "L" : "M"}${x.toFixed(1)} ${y(value).toFixed(1)}${pen ? "" : "h0.01"}`;
    pen = true;
  });
  return path;
}
