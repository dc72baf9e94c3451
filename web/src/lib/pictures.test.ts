import { describe, expect, it } from "vitest";
import type { Span, Turn } from "../api/types";
import { blame, labelSide, median } from "./contributions";
import { lanes, talkShare } from "./lanes";
import { strip } from "./strip";
import { tickLabel, ticks } from "./ticks";
import { bar, rangeOf, spanTree, stack } from "./tree";

const turn = (number: number, more: Partial<Turn>): Turn => ({
  span_id: `t${number}`, number, label: `turn-${number}`, start: 0, end: null, live: false, interrupted: false, ended_by_hangup: false, bot_first: false,
  user_text: null, bot_text: null, bot_unspoken: null, user_from: null, user_to: null, bot_from: null, bot_to: null, reply: null, stt_ttfb: null,
  llm_ttfb: null, tts_ttfb: null, contributions: [], llm_calls: 0, tools: [], errors: [], cost: null, ...more,
});

const span = (id: string, parent: string | null, start: number, end: number | null): Span => ({
  id, parent, turn: null, name: id, label: id, type: "SPAN", level: "DEFAULT", stage: null, start, end, provisional: false, interrupted: false,
  provider: null, model: null, ttfb: null, cost: null, input_tokens: null, output_tokens: null,
});

describe("strip", () => {
  const row = { start: 1000, end: 11_000, live: false };
  it("fits the parts to the width, caller above bot", () => {
    const marks = strip({ ...row, strip: [{ lane: "caller", from: 0, to: 5000 }, { lane: "bot", from: 5000, to: 10_000 }] }, 100, 0);
    expect(marks.map((mark) => [mark.kind, mark.x, mark.width])).toEqual([["caller", 0, 50], ["bot", 50, 50]]);
    expect(marks[0].y).toBeLessThan(marks[1].y);
  });
  it("never draws a part thinner than can be seen, nor outside", () => {
    const [mark] = strip({ ...row, strip: [{ lane: "bot", from: 10_000, to: 10_001 }] }, 100, 0);
    expect(mark.width).toBe(1.4);
    expect(mark.x + mark.width).toBeLessThanOrEqual(100);
  });
  it("paints barge-ins and errors last", () => {
    const marks = strip({ ...row, strip: [{ lane: "error", from: 1, to: 1 }, { lane: "barge_in", from: 1, to: 1 }, { lane: "caller", from: 0, to: 9 }] }, 100, 0);
    expect(marks.map((mark) => mark.kind)).toEqual(["caller", "barge_in", "error"]);
  });
  it("leaves room for the time that has passed in a running call", () => {
    const [mark] = strip({ start: 1000, end: null, live: true, strip: [{ lane: "caller", from: 0, to: 5000 }] }, 100, 21_000);
    expect(mark.width).toBe(25);
  });
});

describe("lanes", () => {
  const turns = [
    turn(1, { start: 1000, end: 5000, bot_from: 1500, bot_to: 5000, interrupted: true }),
    turn(2, { start: 5000, end: 9000, user_from: 5200, user_to: 6000, reply: 1300, bot_from: 7300, bot_to: 9000 }),
  ];
  it("puts the gap of a reply between the caller's last word and the bot's first sound", () => {
    expect(lanes(turns, 1000, 9000, 0).gaps).toEqual([{ turn: 2, from: 5000, to: 6300, reply: 1300, verdict: "bad" }]);
  });
  it("puts a barge-in where the caller of the next turn began", () => {
    expect(lanes(turns, 1000, 9000, 0).bargeIns).toEqual([{ turn: 1, at: 4200 }]);
  });
  it("lets an open turn reach to now", () => {
    const open = lanes([turn(1, { start: 1000, live: true, user_from: 1200 })], 1000, null, 4000);
    expect([open.length, open.blocks[0].to]).toEqual([3000, 3000]);
  });
  it("shares speaking time, and knows when nobody spoke", () => {
    expect(talkShare(lanes(turns, 1000, 9000, 0).blocks)).toEqual([13, 87]);
    expect(talkShare([])).toBeNull();
  });
});

describe("span tree", () => {
  it("puts children below parents in order of time, whatever order they came in", () => {
    const rows = spanTree([span("b", "root", 5, 6), span("a", "root", 1, 4), span("a1", "a", 2, 3), span("root", null, 0, 9)]);
    expect(rows.map((row) => [row.span.id, row.depth])).toEqual([["root", 0], ["a", 1], ["a1", 2], ["b", 1]]);
  });
  it("takes a span whose parent is not here for a root", () => {
    expect(spanTree([span("a", "lost", 1, 2)])[0].depth).toBe(0);
  });
  it("ends on a circle of parents, showing each span once", () => {
    expect(spanTree([span("a", "b", 1, 2), span("b", "a", 1, 2), span("c", "c", 0, 1)]).map((row) => row.span.id).sort()).toEqual(["a", "b", "c"]);
  });
  it("hides what is folded and still says how many", () => {
    const rows = spanTree([span("root", null, 0, 9), span("a", "root", 1, 4), span("a1", "a", 2, 3)], new Set(["a"]));
    expect(rows.map((row) => [row.span.id, row.children])).toEqual([["root", 1], ["a", 1]]);
  });
  it("places bars in percent, open ones to now", () => {
    const spans = [span("a", null, 100, 200), span("b", "a", 150, null)];
    const range = rangeOf(spans, 300);
    expect(range).toEqual({ from: 100, to: 300 });
    expect(bar(spans[1], range, 300)).toEqual({ left: 25, width: 75 });
    expect(bar(span("c", null, 300, 300), range, 300).width).toBeCloseTo(0.4);
  });
  it("stacks so that none covers another", () => {
    const placed = stack([span("a", null, 0, 10), span("b", null, 5, 15), span("c", null, 10, 20)], { from: 0, to: 20 }, 0, 4);
    expect(placed.map((mark) => [mark.span.id, mark.row])).toEqual([["a", 0], ["b", 1], ["c", 0]]);
  });
});

describe("contributions", () => {
  const part = (name: string, duration: number, owner = "service") => ({ name, owner, stage: "llm", from: 0, duration, detail: "" }) as Turn["contributions"][0];
  it("blames the part that is most of the reply", () => {
    expect(blame({ reply: 1000, contributions: [part("a", 510), part("b", 490)] })).toMatchObject({ contribution: { name: "a" }, percent: 51 });
  });
  it("blames nobody when the time is spread, or unattributed", () => {
    expect(blame({ reply: 1000, contributions: [part("a", 300), part("b", 350), part("c", 350)] })).toBeNull();
    expect(blame({ reply: 1000, contributions: [part("a", 100), part("b", 900, "unattributed")] })).toBeNull();
  });
  it("puts a label where it fits", () => {
    expect([labelSide(0, 50, 100, 400), labelSide(300, 80, 100, 400), labelSide(20, 380, 100, 400)]).toEqual(["right", "left", "none"]);
  });
  it("takes the middle of an even number of replies between two", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, null]);
  });
});

describe("ticks", () => {
  it("are round and at most as many as asked for", () => {
    expect(ticks(2650, 6)).toEqual([0, 500, 1000, 1500, 2000, 2500]);
    expect(ticks(98_000, 8)).toEqual([0, 15_000, 30_000, 45_000, 60_000, 75_000, 90_000]);
    expect(ticks(0, 5)).toEqual([0]);
  });
  it("are labelled in the unit of the whole", () => {
    expect([tickLabel(500, 800), tickLabel(500, 2650), tickLabel(90_000, 98_000)]).toEqual(["500 ms", "0.5 s", "1:30"]);
  });
});
