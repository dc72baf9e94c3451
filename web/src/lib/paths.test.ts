import { describe, expect, it } from "vitest";
import { apart, box } from "./paths";

describe("shapes in one path", () => {
  it("are boxes whose corners are never rounder than they are small", () => {
    expect(box(10, 20, 40, 10, 3)).toBe("M13.0 20.0h34.0a3.0 3.0 0 0 1 3.0 3.0v4.0a3.0 3.0 0 0 1 -3.0 3.0h-34.0a3.0 3.0 0 0 1 -3.0 -3.0v-4.0a3.0 3.0 0 0 1 3.0 -3.0z");
    expect(box(0, 0, 2, 10, 5)).toContain("a1.0 1.0");
  });
  it("have labels that do not run into each other", () => {
    expect(apart([0, 5, 16, 20, 40], (value) => value, 16)).toEqual([0, 16, 40]);
    expect(apart([], () => 0, 1)).toEqual([]);
  });
});
