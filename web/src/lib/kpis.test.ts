import { describe, expect, it } from "vitest";
import { bargeInCourse, change, costCourse, goalCourse, pointChange, sparkPath } from "./kpis";

describe("a figure beside the period before", () => {
  it("tells by how much and whether that is good", () => {
    expect(change(1310, 1110, "less")).toEqual({ text: "+18 %", tone: "bad" });
    expect(change(712, 726, "less")).toEqual({ text: "−2 %", tone: "good" });
    expect(change(2418, 2281, null)).toEqual({ text: "+6 %", tone: "plain" });
    expect(change(182, 2, null)).toEqual({ text: "×91", tone: "plain" });
    expect(change(100, 100, "less")).toEqual({ text: "±0 %", tone: "plain" });
    expect(pointChange(0.914, 0.945, "more")).toEqual({ text: "−3.1 pt", tone: "bad" });
  });
  it("tells nothing without one of the two", () => {
    expect(change(null, 5, "less")).toBeNull();
    expect(change(5, 0, "less")).toBeNull();
    expect(pointChange(0.5, null, "less")).toBeNull();
  });
});

describe("the course of replies in the goal", () => {
  it("counts the rows that end at it or before", () => {
    const map = { from: 0, to: 3, searched_from: 0, step: 1, time: [0, 1, 2], edges: [800, 1200, 1600], count: [[3, 1, 0, 0], [0, 0, 0, 0], [1, 0, 1, 2]] };
    expect(goalCourse(map)).toEqual([1, null, 0.25]);
  });
});

describe("the course of barge-ins and of cost", () => {
  const totals = { turns: [4, 0, 2], interrupted: [1, 0, 2], calls: [2, 0, 1], length: [120_000, null, 0], cost: [0.04, null, 0.01] };
  it("are a share of turns and money for a minute, where both are known", () => {
    expect(bargeInCourse(totals)).toEqual([0.25, null, 1]);
    expect(costCourse(totals)).toEqual([0.02, null, null]);
  });
});

describe("a line of values", () => {
  it("breaks where nothing is known and is level where nothing changes", () => {
    expect(sparkPath([1, null, 3], 100, 10)).toBe("M0.0 10.0h0.01M100.0 0.0h0.01");
    expect(sparkPath([2, 2], 10, 10)).toBe("M0.0 5.0h0.01L10.0 5.0");
    expect(sparkPath([null], 10, 10)).toBe("");
  });
});
