import { describe, expect, it } from "vitest";
import type { Alert } from "../api/types";
import { firing, ruleText, stateText } from "./alerts";

const alert = (more: Partial<Alert>): Alert => ({ id: "a", name: "", metric: "reply_p95", threshold: 1200, window: 15, muted: false, value: null, firing: false, periods: [], ...more });

describe("an alert in words", () => {
  it("tells its figure, how much is too much, and for how long", () => {
    expect(ruleText(alert({}))).toBe("Reply p95 over 1.20 s for 15 min");
    expect(ruleText(alert({ metric: "barge_in_rate", threshold: 15, window: 60 }))).toBe("Barge-in rate over 15 % for 1 h");
    expect(ruleText(alert({ metric: "calls", threshold: 1, window: 7 }))).toBe("No calls for 7 min");
    expect(ruleText(alert({ metric: "calls", threshold: 10, window: 240 }))).toBe("Fewer than 10 calls in 4 h");
    expect(ruleText({ metric: "error_rate", threshold: 0.5 })).toBe("Errors of services over 0.5 % for 15 min");
  });
  it("tells since when it fires, or when it did last", () => {
    const from = new Date(2026, 3, 12, 13, 18).getTime();
    const to = from + 3_600_000;
    expect(stateText(alert({ firing: true, value: 1890, periods: [{ from, to }] }), to)).toBe("firing since 13:18 · now 1.89 s");
    expect(stateText(alert({ value: 712, periods: [{ from, to }] }), to + 7_200_000)).toBe("quiet · last 2 h ago · now 712 ms");
    expect(stateText(alert({}), to)).toBe("quiet · no figure now");
    expect(stateText(alert({ firing: true, muted: true, metric: "barge_in_rate", value: 8.24, periods: [{ from, to }] }), to)).toBe("muted · now 8.2 %");
  });
  it("counts as firing unless it is muted", () => {
    expect(firing([alert({ firing: true }), alert({ firing: true, muted: true }), alert({})])).toHaveLength(1);
  });
});
