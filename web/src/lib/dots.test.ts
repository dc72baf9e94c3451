import { describe, expect, it } from "vitest";
import { dotScale, nearestDot } from "./dots";

const BOX = { width: 500, height: 118, left: 46, bottom: 18 };
const DOTS = [{ start: 1000, duration: 10 }, { start: 2000, duration: 1000 }, { start: 3000, duration: 0 }];

describe("the picture of spans", () => {
  it("puts later ones to the right and slower ones above, all inside", () => {
    const scale = dotScale(DOTS, BOX);
    expect(scale.x(1000)).toBeLessThan(scale.x(3000));
    expect(scale.y(1000)).toBeLessThan(scale.y(10));
    for (const dot of DOTS) {
      expect(scale.x(dot.start)).toBeGreaterThanOrEqual(BOX.left);
      expect(scale.x(dot.start)).toBeLessThanOrEqual(BOX.width);
      expect(scale.y(dot.duration)).toBeGreaterThanOrEqual(0);
      expect(scale.y(dot.duration)).toBeLessThanOrEqual(BOX.height - BOX.bottom);
    }
    expect(scale.duration(scale.y(250))).toBeCloseTo(250, 6);
  });

  it("finds the dot under the pointer and none where there is none", () => {
    const scale = dotScale(DOTS, BOX);
    expect(nearestDot(DOTS, scale, scale.x(2000) + 2, scale.y(1000) - 2)).toBe(DOTS[1]);
    expect(nearestDot(DOTS, scale, scale.x(1500), scale.y(100))).toBeNull();
  });

  it("draws one dot, or dots of one moment", () => {
    const scale = dotScale([DOTS[0]], BOX);
    expect(Number.isFinite(scale.x(1000))).toBe(true);
    expect(Number.isFinite(scale.y(10))).toBe(true);
  });
});
