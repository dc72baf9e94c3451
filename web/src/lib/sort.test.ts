import { describe, expect, it } from "vitest";
import { sorted, turned } from "./sort";

describe("the order of the list", () => {
  it("turns from most to least and back to newest first", () => {
    expect([turned("", "p95"), turned("reply_p95", "p95"), turned("reply_p95.asc", "p95")]).toEqual(["reply_p95", "reply_p95.asc", ""]);
    expect([turned("", "started"), turned("start.asc", "started"), turned("cost", "started")]).toEqual(["start.asc", "", ""]);
    expect(turned("cost", "turns")).toBe("turns");
  });
  it("is told by its column alone, and newest first by the start", () => {
    expect([sorted("", "started"), sorted("", "p95"), sorted("reply_p95.asc", "p95"), sorted("reply_p95", "started")]).toEqual(["descending", null, "ascending", null]);
  });
  it("is not by what has no order", () => {
    expect([turned("", "caller"), sorted("", "strip")]).toEqual([null, null]);
  });
});
