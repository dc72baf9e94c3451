import { describe, expect, it } from "vitest";
import { axisTime, ago, callTime, clock, duration, judge, maskCaller, money, plural, scoreText, shortId, startedShort, totalTime } from "./format";

describe("format", () => {
  it("writes milliseconds below a second, then seconds with two decimals, then a clock", () => {
    expect([0, 0.4, 71, 742, 999.4, 999.6, 2650, 119_990, 125_000].map(duration)).toEqual(
      ["0 ms", "0.4 ms", "71 ms", "742 ms", "999 ms", "1.00 s", "2.65 s", "119.99 s", "2:05"]);
  });
  it("writes what is not known as a dash, never as zero", () => {
    expect([duration(null), clock(null), money(null), judge(null)]).toEqual(["–", "–", "–", "none"]);
  });
  it("writes a difference below zero with a true minus", () => {
    expect(duration(-215)).toBe("−215 ms");
  });
  it("writes hours only when there are any", () => {
    expect([0, 57_400, 98_200, 3_723_000].map(clock)).toEqual(["0:00", "0:57", "1:38", "1:02:03"]);
  });
  it("writes the length of a call that is over in a moment, and that of many together, in a unit that says something", () => {
    expect([640, 1000, 98_200, 0, null].map(callTime)).toEqual(["640 ms", "0:01", "1:38", "0:00", "–"]);
    expect([0, 23_400, 59_400, 59_600, 252_000, 594_000, 600_000, 546_360_000].map(totalTime)).toEqual(["0 s", "23 s", "59 s", "1.0 min", "4.2 min", "9.9 min", "10 min", "9,106 min"]);
  });
  it("writes scores as their word or their number", () => {
    expect([{ value: 0.9412, text: null }, { value: 5, text: null }, { value: 0, text: "dropped" }].map(scoreText)).toEqual(["0.94", "5", "dropped"]);
  });
  it("gives money four decimals below one dollar and two above", () => {
    expect([0.0041, 0, 0.00002, 1.5, 1234.5].map(money)).toEqual(["$0.0041", "$0.0000", "< $0.0001", "$1.50", "$1,234.50"]);
  });
  it("judges a reply by its goal", () => {
    expect([800, 801, 1200, 1201].map(judge)).toEqual(["good", "warn", "warn", "bad"]);
  });
  it("keeps four digits of a phone number and other names whole", () => {
    expect(["+15551230142", "+44 20 7946 9051", "web · c_8f21"].map(maskCaller)).toEqual(["+1 ··· 0142", "+44 ··· 9051", "web · c_8f21"]);
  });
  it("shows the clock today and the day before", () => {
    const now = new Date(2026, 3, 12, 15, 42).getTime();
    expect(startedShort(new Date(2026, 3, 12, 9, 5, 7).getTime(), now)).toBe("09:05:07");
    expect(startedShort(new Date(2026, 2, 9, 9, 5, 7).getTime(), now)).toBe("9 Mar 09:05");
    expect(startedShort(new Date(2025, 2, 9).getTime(), now)).toBe("9 Mar 2025");
  });
  it("counts back in the largest whole unit", () => {
    expect([4, 200, 7300, 200_000].map((seconds) => ago(0, seconds * 1000))).toEqual(["4 s ago", "3 min ago", "2 h ago", "2 d ago"]);
  });
  it("knows one from many, and shortens ids only", () => {
    expect([plural(1, "turn"), plural(1200, "turn"), shortId("c_8f1e"), shortId("4be290f177c30a1d4be290f177c30a1d")]).toEqual(
      ["1 turn", "1,200 turns", "c_8f1e", "4be290…0a1d"]);
  });
  it("writes the hour on the axis of a day, and the day on that of a week", () => {
    const noon = new Date(2026, 2, 12, 12, 5).getTime();
    expect(axisTime(noon, 86_400_000)).toBe("12:05");
    expect(axisTime(noon, 7 * 86_400_000)).toBe("12 Mar");
    expect(axisTime(noon, 60_000)).toBe("12:05:00");
  });
});
