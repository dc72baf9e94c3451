import { describe, expect, it } from "vitest";
import type { Turn } from "../api/types";
import { alignTurns, difference, foldSame, likeness } from "./compare";

const turn = (number: number, user_text: string | null) => ({ number, user_text }) as Turn;

describe("turns of two conversations", () => {
  it("stand beside those in which the caller said nearly the same", () => {
    const a = [turn(1, null), turn(2, "I need to move my daughter's appointment."), turn(3, "No, with a W."), turn(4, "Around four would be best.")];
    const b = [turn(1, null), turn(2, "I need to move an appointment."), turn(3, "Around four would be best")];
    expect(alignTurns(a, b).map((pair) => [pair.a?.number ?? null, pair.b?.number ?? null])).toEqual([[1, 1], [2, 2], [3, null], [4, 3]]);
  });
  it("that have nothing in common stand alone, in order", () => {
    expect(alignTurns([turn(1, "yes")], [turn(1, "no")]).map((pair) => [pair.a?.number, pair.b?.number])).toEqual([[1, undefined], [undefined, 1]]);
    expect(alignTurns([], [])).toEqual([]);
  });
  it("are alike by their words, not by marks and case", () => {
    expect(likeness("Yes, please!", "yes please")).toBe(1);
    expect(likeness("a b", "b c")).toBe(0.5);
    expect(likeness(null, "a")).toBe(0);
  });
});

describe("what is the same", () => {
  const said = (number: number, user_text: string, bot_text: string) => ({ number, user_text, bot_text }) as Turn;
  it("is folded, as long as it goes on; one that stands alone is not", () => {
    const same = (number: number) => ({ a: said(number, "Yes.", "Good."), b: said(number + 1, "yes", "good") });
    const other = { a: said(3, "Yes.", "Good."), b: said(4, "Yes.", "Fine.") };
    const alone = { a: said(4, "No.", "Well."), b: null };
    const folded = foldSame([same(1), same(2), other, alone, same(5)]);
    expect(folded.map((line) => ("same" in line ? line.same.length : line.pair.a?.number))).toEqual([2, 3, 4, 1]);
    expect(folded.map((line) => "same" in line)).toEqual([true, false, false, true]);
  });
});

describe("the difference of two texts", () => {
  it("is told in words, and both texts are whole", () => {
    const [a, b] = difference("Sure, I would. What is her name?", "Sure. What is her name?");
    expect(a.map((piece) => piece.text).join("")).toBe("Sure, I would. What is her name?");
    expect(b.map((piece) => piece.text).join("")).toBe("Sure. What is her name?");
    expect(a.find((piece) => !piece.changed)?.text).toBe("What is her name?");
    expect(difference("same", "same")).toEqual([[{ text: "same", changed: false }], [{ text: "same", changed: false }]]);
  });
});
