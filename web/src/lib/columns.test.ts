import { describe, expect, it } from "vitest";
import { DEFAULT, fitting, template } from "./columns";

describe("columns of the list", () => {
  it("are all there where there is room", () => {
    expect(fitting(DEFAULT, 2000, true)).toEqual(["started", "naming", "caller", "strip", "length", "turns", "p50", "p95", "barge", "cost", "agent", "score", "outcome"]);
  });
  it("have no scores where no call has one, and keep them before barge-ins where one has", () => {
    expect(fitting(DEFAULT, 2000, false)).not.toContain("score");
    expect(fitting(DEFAULT, 860, true)).toEqual(["started", "naming", "strip", "length", "p95", "score", "outcome"]);
    expect(fitting(DEFAULT, 860, false)).toEqual(["started", "naming", "strip", "length", "p95", "barge", "outcome"]);
  });
  it("leave agent, then turns, then cost out where there is not", () => {
    const gone = (width: number) => fitting(DEFAULT, 2000, false).filter((key) => !fitting(DEFAULT, width, false).includes(key));
    expect([1176, 1116, 1066].map(gone)).toEqual([["agent"], ["turns", "agent"], ["turns", "cost", "agent"]]);
  });
  it("keep when a call was and what it was about", () => {
    expect(fitting(DEFAULT, 100, true).slice(0, 2)).toEqual(["started", "naming"]);
    expect(fitting([], 2000, true)).toEqual(["started", "naming"]);
    expect(template(["started", "naming"])).toBe("108px minmax(110px, 1fr)");
  });
});
