import { describe, expect, it } from "vitest";
import type { Conversation } from "../api/types";
import { groupSums, pause, widths } from "./groups";

const call = (more: Partial<Conversation>) => ({ start: 1000, end: 61_000, barge_ins: 0, outcome: "ok", reply_p50: null, cost: null, strip: [], ...more }) as Conversation;

describe("the calls of one caller", () => {
  it("sum up, and what nobody measured stays unknown", () => {
    const sums = groupSums([call({ reply_p50: 900, barge_ins: 2, cost: 0.25 }), call({ start: 5000, end: null, strip: [{ lane: "bot", from: 0, to: 4000 }], outcome: "error" }), call({ reply_p50: 500 })]);
    expect(sums).toMatchObject({ calls: 3, first: 1000, last: 5000, length: 124_000, replyP50: 500, bargeIns: 2, failed: 1, cost: 0.25 });
    expect(groupSums([call({})])).toMatchObject({ replyP50: null, cost: null });
  });

  it("have pauses between them in two words", () => {
    expect([pause(9_000), pause(780_000), pause(7_200_000), pause(86_400_000), pause(267_840_000), pause(15 * 86_400_000)].map((words) => words.join(" ")))
      .toEqual(["9 s", "13 min", "2 h", "1 day", "3.1 days", "15 days"]);
  });

  it("are as wide as they are long, and never too thin", () => {
    expect(widths([60, 30, 10], 300, 40)).toEqual([148, 94, 58]);
    expect(widths([0, 0], 100, 40)).toEqual([50, 50]);
    expect(widths(Array(20).fill(1), 300, 40)).toEqual(Array(20).fill(40));
  });
});
