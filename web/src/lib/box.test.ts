import { describe, expect, it } from "vitest";
import { boxOfCells, boxOfStep, boxText, cellsOfBox, readBox } from "./box";

const map = { time: [1000, 2000, 3000], step: 1000, edges: [200, 400, 800] };

describe("a box of the heatmap", () => {
  it("spans two cells, whichever comes first", () => {
    const box = { from: 2000, to: 4000, replyFrom: 200, replyTo: 800 };
    expect(boxOfCells(map, { column: 2, row: 1 }, { column: 1, row: 2 })).toEqual(box);
    expect(boxOfCells(map, { column: 1, row: 2 }, { column: 2, row: 1 })).toEqual(box);
    expect(cellsOfBox(map, box)).toEqual({ columns: [1, 2], rows: [1, 2] });
  });
  it("has no end above the last edge, and begins at nothing", () => {
    const box = boxOfCells(map, { column: 0, row: 0 }, { column: 0, row: 3 });
    expect(box.replyFrom).toBe(0);
    expect(cellsOfBox(map, box)).toEqual({ columns: [0, 0], rows: [0, 3] });
  });
  it("is kept by the address, and what is no box is none", () => {
    const box = boxOfStep(2000, 1000, 1200);
    expect(readBox(boxText(box))).toEqual(box);
    for (const text of [null, "", "1~2~3", "2~1~0~9", "1~2~9~0", "a~b~c~d", "-1~2~0~9"]) expect(readBox(text)).toBeNull();
  });
  it("outside of the map covers no cell", () => {
    expect(cellsOfBox(map, { from: 9000, to: 9500, replyFrom: 0, replyTo: 100 })).toBeNull();
  });
});
