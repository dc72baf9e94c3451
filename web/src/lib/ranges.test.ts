import { describe, expect, it } from "vitest";
import { ends, position } from "./ranges";

const bars = [{ to: 250, count: 1 }, { to: 500, count: 2 }, { to: 1000, count: 0 }, { to: null, count: 4 }];

describe("the ends of a range", () => {
  it("are no filter at the edges", () => {
    expect(ends(bars, 0, 4)).toEqual({ from: null, to: null });
    expect(ends([], 0, 0)).toEqual({ from: null, to: null });
  });
  it("stand between bars, and find their place again", () => {
    expect(ends(bars, 1, 3)).toEqual({ from: 250, to: 1000 });
    expect([250, 500, 1000].map((value) => position(bars, value))).toEqual([1, 2, 3]);
  });
  it("of a typed value stand at the next bar", () => {
    expect([1, 251, 5000].map((value) => position(bars, value))).toEqual([1, 2, 4]);
  });
});
