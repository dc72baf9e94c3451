import { describe, expect, it } from "vitest";
import type { Conversation, Turn } from "../api/types";
import { EMPTY, withConversation, withTurn } from "../api/live";
import { chips, fromParams, matches, mergeRows, NO_FILTERS, toParams } from "./rows";

const row = (id: string, start: number, more: Partial<Conversation> = {}): Conversation => ({
  id, title: `call ${id}`, last_line: "", start, end: null, outcome: "ok", live: false, voice: true, root_missing: false, turns: 1, barge_ins: 0,
  reply_p50: null, reply_p95: null, reply_max: null, cost: null, input_tokens: null, output_tokens: null, errors: 0, warnings: 0, spans: 1, caller: null,
  session: null, release: null, version: null, environment: "default", tags: [], scores: [], strip: [], stack: { stt: null, llm: null, tts: null }, ...more,
});
const map = (...rows: Conversation[]) => new Map(rows.map((known) => [known.id, known]));

describe("merged list", () => {
  it("shows a row that came by event although no list was fetched", () => {
    expect(mergeRows([], map(row("a", 1)), NO_FILTERS, null).rows.map((known) => known.id)).toEqual(["a"]);
  });
  it("replaces a fetched row in its place", () => {
    const merged = mergeRows([row("b", 2), row("a", 1)], map(row("a", 1, { turns: 7 })), NO_FILTERS, null);
    expect(merged.rows.map((known) => [known.id, known.turns])).toEqual([["b", 1], ["a", 7]]);
  });
  it("counts new rows instead of showing them to a reader who has scrolled", () => {
    const merged = mergeRows([row("a", 1)], map(row("b", 2), row("c", 3)), NO_FILTERS, new Set(["b"]));
    expect([merged.rows.map((known) => known.id), merged.waiting]).toEqual([["b", "a"], 1]);
  });
  it("leaves an older row to the page that will bring it, if there is one", () => {
    expect(mergeRows([row("b", 5), row("c", 4)], map(row("a", 1)), NO_FILTERS, null, true).rows).toHaveLength(2);
    expect(mergeRows([row("b", 5), row("c", 4)], map(row("a", 1)), NO_FILTERS, null, false).rows.map((known) => known.id)).toEqual(["b", "c", "a"]);
  });
  it("keeps rows of an event that the filters exclude away", () => {
    const filters = { ...NO_FILTERS, outcome: ["error"] };
    expect(mergeRows([], map(row("a", 1), row("b", 2, { outcome: "error" })), filters, null).rows.map((known) => known.id)).toEqual(["b"]);
  });
});

describe("filters", () => {
  const filters = { ...NO_FILTERS, q: "four ten", outcome: ["ok", "error"], tag: ["vip"], reply_from: 1200, voice: true };
  it("survive the way through the address", () => {
    expect(fromParams(toParams(filters))).toEqual(filters);
    expect(fromParams(new URLSearchParams("reply_from=x"))).toEqual(NO_FILTERS);
  });
  it("match as the server's do", () => {
    const fits = row("a", 1, { last_line: "Thursday at FOUR TEN", tags: ["vip", "es"], reply_p95: 1300 });
    expect(matches(fits, filters)).toBe(true);
    expect(matches({ ...fits, reply_p95: null }, filters)).toBe(false);
    expect(matches({ ...fits, tags: [] }, filters)).toBe(false);
    expect(matches({ ...fits, voice: false }, filters)).toBe(false);
  });
  it("ask for a score by name, number and word, and take no word for a number", () => {
    const scored = row("a", 1, { scores: [{ name: "quality", value: 0.4, text: null }, { name: "outcome", value: 0, text: "dropped" }, { name: "solved", value: 1, text: "True" }] });
    const asked = (more: Partial<typeof NO_FILTERS>) => matches(scored, { ...NO_FILTERS, ...more });
    expect([asked({ score: "quality" }), asked({ score: "kind" }), asked({ score: "quality", score_from: 0.4 }), asked({ score: "quality", score_to: 0.4 })]).toEqual([true, false, true, false]);
    expect([asked({ score: "outcome", score_to: 0.5 }), asked({ score_word: ["dropped"] }), asked({ score: "quality", score_word: ["dropped"] }), asked({ score: "solved", score_from: 1 })]).toEqual([false, true, false, true]);
    expect(matches(row("b", 1), { ...NO_FILTERS, score_from: 0 })).toBe(false);
  });
  it("drop what is asked of a score with its name", () => {
    const [name, low] = chips({ ...NO_FILTERS, score: "quality", score_from: 0.5 });
    expect([name.without, low.without]).toEqual([NO_FILTERS, { ...NO_FILTERS, score: "quality" }]);
  });
  it("take no row that comes by event for a recorded one, and keep the wish in the address", () => {
    const recorded = { ...NO_FILTERS, audio: true };
    expect(matches(row("a", 1), recorded)).toBe(false);
    expect(fromParams(toParams(recorded))).toEqual(recorded);
    expect(chips(recorded).map((chip) => chip.without)).toEqual([NO_FILTERS]);
  });
  it("keep another order in the address, and let nothing that comes between", () => {
    const sorted = { ...NO_FILTERS, sort: "reply_p95" };
    expect(fromParams(toParams(sorted))).toEqual(sorted);
    expect(chips(sorted)).toEqual([]);
    const merged = mergeRows([row("a", 1), row("b", 5)], map(row("a", 1, { title: "newer" }), row("c", 9)), sorted, null);
    expect(merged.rows.map(({ id, title }) => [id, title])).toEqual([["a", "newer"], ["b", "call b"]]);
    expect(merged.waiting).toBe(0);
  });
  it("can be dropped one by one", () => {
    const list = chips(filters);
    expect(list.map((chip) => chip.value)).toEqual(["four ten", "ok", "error", "vip", "1.20 s", "only"]);
    expect(list[1].without.outcome).toEqual(["error"]);
  });
});

describe("live store", () => {
  it("keeps the newest of a row and forgets the oldest rows", () => {
    let state = withConversation(withConversation(EMPTY, row("a", 1)), row("a", 1, { turns: 3 }));
    expect([...state.conversations.values()].map((known) => known.turns)).toEqual([3]);
    for (let index = 0; index < 2000; index++) state = withConversation(state, row(`n${index}`, index));
    expect([state.conversations.size, state.conversations.has("a")]).toEqual([2000, false]);
  });
  it("puts a turn in its place, once", () => {
    const turn = (number: number, text = "") => ({ span_id: `t${number}`, number, user_text: text }) as Turn;
    const turns = withTurn(withTurn([turn(1), turn(3)], turn(2)), turn(3, "now"));
    expect(turns.map((known) => [known.number, known.user_text])).toEqual([[1, ""], [2, ""], [3, "now"]]);
  });
});
