import { describe, expect, it } from "vitest";
import type { Turn } from "../api/types";
import { askedAgain } from "./asked";

const call = (number: number, ...lines: (string | null)[]) => ({ id: `call${number}`, number, turns: lines.map((user_text, index) => ({ user_text, span_id: `${number}.${index}` }) as Turn) });

describe("what was asked again", () => {
  it("is a wish of several calls, in the words that were used last", () => {
    const [wish, ...more] = askedAgain([call(4, "Can I move Tuesday to some other day?"), call(5, "Hello.", "Can I move Tuesday to another day?"), call(6, "Do you open on Sunday?")]);
    expect(wish).toEqual({ text: "Can I move Tuesday to another day?", calls: [{ id: "call4", number: 4 }, { id: "call5", number: 5 }], turns: ["call4/4.0", "call5/5.1"] });
    expect(more).toEqual([]);
  });
  it("is no short answer, nothing that was repeated within a call, and nothing without words", () => {
    expect(askedAgain([call(1, "Yes, please.", null), call(2, "Yes, please.", "I want to move it", "I want to move it")])).toEqual([]);
  });
  it("begins with what was asked in most calls", () => {
    const calls = [1, 2, 3].map((number) => call(number, "When do you open on Saturday?", number < 3 ? "How do I spell the surname?" : null));
    expect(askedAgain(calls).map((wish) => wish.calls.length)).toEqual([3, 2]);
  });
});
