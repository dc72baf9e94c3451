import { describe, expect, it } from "vitest";
import { axisTop, bandPieces } from "./bands";

describe("percentile bands", () => {
  const columns = { count: [1, 0, 2, 3], p50: [500, null, 600, 700], p90: [800, null, 900, 1000], p95: [900, null, 1000, 1100], p99: [950, null, 1500, 1200] };
  it("break where there was no turn, instead of bridging it", () => {
    expect(bandPieces(columns, "p50", "p95").map((piece) => piece.map((point) => point.index))).toEqual([[0], [2, 3]]);
  });
  it("lie between the two percentiles", () => {
    expect(bandPieces(columns, "p95", "p99")[1][0]).toEqual({ index: 2, low: 1000, high: 1500 });
    expect(bandPieces(columns, "p90", "p95")[1][1]).toEqual({ index: 3, low: 1000, high: 1100 });
    expect(bandPieces(columns, null, "p50")[0][0]).toEqual({ index: 0, low: 0, high: 500 });
  });
  it("have an axis with a round top", () => {
    expect([axisTop(420), axisTop(1500), axisTop(4100), axisTop(130_000)]).toEqual([800, 1600, 6000, 180_000]);
  });
});
