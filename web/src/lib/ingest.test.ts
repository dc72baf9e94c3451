import { describe, expect, it } from "vitest";
import { countTop, dayNames, ingestBars } from "./ingest";

const of = (...taken: number[]) => ingestBars({ from: 0, step: 60_000, taken, refused: taken.map(() => 0) });

describe("requests by the minute", () => {
  it("are bars with their minute", () => {
    expect(ingestBars({ from: 600_000, step: 60_000, taken: [3, 0], refused: [0, 2] })).toEqual([{ at: 600_000, taken: 3, refused: 0 }, { at: 660_000, taken: 0, refused: 2 }]);
  });
  it("have an axis whose top and half are whole and not below the highest", () => {
    expect([of(0), of(1), of(2), of(3), of(9), of(10), of(11), of(41), of(100), of(101)].map(countTop)).toEqual([2, 2, 2, 4, 10, 10, 20, 100, 100, 200]);
  });
  it("are as high as what was taken and refused together", () => {
    expect(countTop(ingestBars({ from: 0, step: 60_000, taken: [3], refused: [3] }))).toBe(10);
  });
});

describe("days of the store", () => {
  it("are told as days", () => {
    expect(dayNames(["20261120", "20260102"])).toBe("20 Nov 2026, 2 Jan 2026");
  });
});
