import { describe, expect, it } from "vitest";
import type { Turn } from "../api/types";
import { mentions, overlap } from "./transcript";

const turn = (more: Partial<Turn>) => ({ user_text: null, bot_text: null, bot_unspoken: null, user_from: null, bot_to: null, tools: [], errors: [], ...more }) as Turn;

describe("speaking over each other", () => {
  it("lasts from the caller's first sound to the bot's last one before", () => {
    expect(overlap(turn({ bot_to: 39_000 }), turn({ user_from: 38_600 }))).toBe(400);
  });
  it("is none where there is a gap, a moment, or nothing known", () => {
    expect([overlap(turn({ bot_to: 39_000 }), turn({ user_from: 39_200 })), overlap(turn({ bot_to: 39_000 }), turn({ user_from: 38_950 })), overlap(undefined, turn({ user_from: 1 })),
      overlap(turn({}), turn({ user_from: 1 })), overlap(turn({ bot_to: 9 }), turn({}))]).toEqual([null, null, null, null, null]);
  });
});

describe("words of a turn", () => {
  const said = turn({ user_text: "Around FOUR would be best.", bot_text: "One moment.", bot_unspoken: "Shall I move it?", tools: [{ name: "find_slots", duration: 9, error: false }] });
  it("are those of both, heard or not, and the names of tools", () => {
    expect(["four would", "moment", "shall i", "find_slots", " best. ", "five"].map((words) => mentions(said, words))).toEqual([true, true, true, true, true, false]);
  });
});
