import { describe, expect, it } from "vitest";
import type { Conversation, Turn } from "../api/types";
import { doing, inPlace, says, trouble } from "./trouble";

const turn = (more: Partial<Turn>) => ({ live: true, start: 1000, end: null, user_from: null, user_to: null, bot_from: null, bot_to: null, errors: [], ...more }) as Turn;
const row = (more: Partial<Conversation>) => ({ errors: 0, barge_ins: 0, reply_p95: null, reply_max: null, ...more }) as Conversation;

describe("a running call", () => {
  it("is told by the newest turn", () => {
    expect([
      doing(turn({ user_from: 1100 })), doing(turn({ user_from: 1100, user_to: 2000 })), doing(turn({ user_from: 1100, user_to: 2000, bot_from: 2700 })),
      doing(turn({ bot_from: 2700, bot_to: 3000 })), doing(turn({ live: false, end: 4000 })), doing(undefined),
    ].map((state) => [state.what, state.since])).toEqual([["caller", 1100], ["thinking", 2000], ["bot", 2700], ["quiet", 3000], ["quiet", 4000], ["quiet", null]]);
  });
  it("needs a look when the caller waits, with the time in words", () => {
    const waiting = turn({ user_from: 1000, user_to: 2000 });
    expect(trouble(row({}), waiting, 5900).level).toBe(0);
    expect(trouble(row({}), waiting, 8200)).toEqual({ level: 2, reason: "No reply for 6.20 s" });
  });
  it("puts what failed before what is slow", () => {
    expect(trouble(row({ errors: 2, reply_p95: 3000 }), undefined, 0)).toEqual({ level: 2, reason: "2 errors" });
    expect(trouble(row({ reply_p95: 1300, reply_max: 2410 }), undefined, 0)).toEqual({ level: 1, reason: "Replies take up to 2.41 s" });
    expect(trouble(row({ barge_ins: 5 }), undefined, 0).reason).toBe("5 barge-ins");
    expect(trouble(row({ reply_p95: 700 }), undefined, 0).level).toBe(0);
  });
});

describe("cards of the wall", () => {
  it("keep place and level until they may move, and new ones come last", () => {
    const places = new Map([["a", { at: 0, level: 0 }], ["b", { at: 1, level: 2 }]]);
    const rows = [{ id: "c", level: 2 }, { id: "b", level: 0 }, { id: "a", level: 1 }];
    expect(inPlace(rows, places)).toEqual([{ id: "a", level: 0 }, { id: "b", level: 2 }, { id: "c", level: 2 }]);
    expect(inPlace(rows, new Map())).toEqual(rows);
  });
});

describe("the filter of running calls", () => {
  const call = row({ title: "Cancel order", last_line: "Hello?", caller: "+15551230142", version: "v42", id: "8f2e" });
  it("finds title, words, caller, agent and id, and all for nothing typed", () => {
    expect(["cancel", "HELLO", "0142", "v42", "8f2e", " "].map((words) => says(call, words))).toEqual([true, true, true, true, true, true]);
    expect(says(call, "billing")).toBe(false);
  });
});
