import { describe, expect, it } from "vitest";
import { following, panned, zoomed } from "./zoom";

describe("the part of a call that is shown", () => {
  it("keeps what is under the pointer in its place", () => {
    const view = zoomed(null, 60_000, 15_000, 0.5)!;
    expect(view).toEqual({ from: 7500, to: 37_500 });
    expect((15_000 - view.from) / (view.to - view.from)).toBeCloseTo(15_000 / 60_000);
    expect(zoomed(view, 60_000, 15_000, 2)).toBeNull();
  });
  it("goes neither beyond the call nor below two seconds", () => {
    expect(zoomed({ from: 0, to: 3000 }, 60_000, 3000, 0.1)).toEqual({ from: 1000, to: 3000 });
    expect(zoomed(null, 1000, 500, 0.5)).toBeNull();
    expect(panned({ from: 0, to: 10_000 }, 60_000, -500)).toEqual({ from: 0, to: 10_000 });
    expect(panned({ from: 0, to: 10_000 }, 60_000, 90_000)).toEqual({ from: 50_000, to: 60_000 });
    expect(panned(null, 60_000, 500)).toBeNull();
  });
  it("follows what is played", () => {
    const view = { from: 0, to: 10_000 };
    expect(following(view, 60_000, 9000)).toBe(view);
    expect(following(view, 60_000, 20_000)).toEqual({ from: 19_000, to: 29_000 });
    expect(following(null, 60_000, 20_000)).toBeNull();
  });
});
