import { describe, expect, it } from "vitest";
import type { Facets } from "../api/types";
import { placeTags, releasesSince } from "./releases";

const facets = (version: Facets["version"], release: Facets["release"] = []) => ({ version, release }) as Facets;

describe("releasesSince", () => {
  it("marks what came first within the range, in order of time", () => {
    const found = releasesSince(facets([{ value: "v43", count: 1, first: 900 }, { value: "v42", count: 9, first: 600 }, { value: "v41", count: 5, first: 100 }]), 500);
    expect(found.map(({ name, at }) => [name, at])).toEqual([["v42", 600], ["v43", 900]]);
  });
  it("does not call new what nothing came before", () => {
    expect(releasesSince(facets([{ value: "v1", count: 3, first: 700 }]), 500)).toEqual([]);
    expect(releasesSince(facets([], []), 500)).toEqual([]);
  });
  it("tells releases and versions alike, and at most the eight newest", () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ value: `r${index}`, count: 1, first: 1000 + index }));
    const found = releasesSince(facets([{ value: "v2", count: 1, first: 2000 }, { value: "v1", count: 1, first: 1 }], many), 500);
    expect(found.map(({ name }) => name)).toEqual(["r5", "r6", "r7", "r8", "r9", "r10", "r11", "v2"]);
  });
});

describe("placeTags", () => {
  const release = (name: string, at: number) => ({ name, kind: "version" as const, at });
  it("puts a tag left of its line where the chart ends, and below another that it would cover", () => {
    const tags = placeTags([release("v41", 100), release("v42", 110), release("v43", 495)], (time) => time, 500);
    expect(tags.map(({ row, left }) => [row, left])).toEqual([[0, false], [1, false], [0, true]]);
  });
});
