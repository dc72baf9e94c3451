import { describe, expect, it } from "vitest";
import { decodePeaks, wavePath } from "./wave";

describe("the picture of sound", () => {
  it("reads signed bytes", () => {
    expect([...decodePeaks(btoa(String.fromCharCode(128, 127, 255, 0)))]).toEqual([-128, 127, -1, 0]);
  });

  it("draws a bar for each step that sounds, around the middle", () => {
    expect(wavePath(Int8Array.from([-128, 100, 0, 0, -32, 64]), 10, 4, 40, 16)).toBe("M12.0 24.0v32.0M20.0 32.0v16.0");
  });

  it("does not make silence loud", () => {
    expect(wavePath(Int8Array.from([-1, 1]), 0, 4, 40, 10)).toBe("");
  });
});
