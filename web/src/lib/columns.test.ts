import { describe, expect, it } from "vitest";
import { DEFAULT, fitting, template } from "./columns";

describe("columns of the list", () => {
  it("are all there where there is room", () => {
    expect(fitting(DEFAULT, 2000)).toEqual(["started", "naming", "caller", "strip", "length", "turns", "p50", "p95", "barge", "cost", "agent", "outcome"]);
  });
  it("leave agent, then turns, then cost out where there is not", () => {
    const gone = (width: number) => fitting(DEFAULT, 2000).filter((key) => !fitting(DEFAULT, width).includes(key));
    expect([1176, 1116, 1066].map(gone)).toEqual([["agent"], ["turns", "agent"], ["turns", "cost", "agent"]]);
  });
  it("keep when a call was and what it was about", () => {
    expect(fitting(DEFAULT, 100).slice(0, 2)).toEqual(["started", "naming"]);
    expect(fitting([], 2000)).toEqual(["started", "naming"]);
    expect(template(["started", "naming"])).toBe("108px minmax(110px, 1fr)");
  });
});
