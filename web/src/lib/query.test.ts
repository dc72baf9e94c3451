import { describe, expect, it } from "vitest";
import type { Facets } from "../api/types";
import { completions, isToken, typed } from "./query";
import { NO_FILTERS } from "./rows";

const FACETS = { environment: [{ value: "prod", count: 9 }, { value: "pre prod", count: 1 }], tag: [{ value: "vip", count: 2 }], release: [], version: [{ value: "v42", count: 3 }], stt: [], llm: [{ value: "openai · gpt-4o", count: 2 }], tts: [], score: [{ value: "first call fix", count: 2 }] } as unknown as Facets;

describe("the search bar", () => {
  it("makes filters of tokens and text of the rest", () => {
    expect(typed(NO_FILTERS, 'outcome:error env:"pre prod" tag:vip reply>1.2s barge-ins>3 is:voice late again')).toEqual({
      ...NO_FILTERS, outcome: ["error"], environment: ["pre prod"], tag: ["vip"], reply_from: 1200, barge_ins_from: 4, voice: true, q: "late again",
    });
    expect(typed(NO_FILTERS, "caller:+15551230142").caller).toBe("+15551230142");
    expect(typed(NO_FILTERS, 'reply<2s barge-ins<=2 llm:"openai · gpt-4o"')).toEqual({ ...NO_FILTERS, reply_to: 2000, barge_ins_to: 3, llm: ["openai · gpt-4o"] });
    expect(completions("llm:", FACETS)).toEqual(['llm:"openai · gpt-4o"']);
    expect(typed(NO_FILTERS, "score:quality score>0.8 score<0.95")).toEqual({ ...NO_FILTERS, score: "quality", score_from: 0.8, score_to: 0.95 });
    expect(typed(NO_FILTERS, "has:audio thanks")).toEqual({ ...NO_FILTERS, audio: true, q: "thanks" });
    expect(completions("score:fi", FACETS)).toEqual(['score:"first call fix"']);
  });

  it("leaves alone what only looks like a token", () => {
    for (const text of ["http://x", "12:30", ":", "a:"]) {
      expect(typed(NO_FILTERS, text)).toEqual({ ...NO_FILTERS, q: text });
      expect(isToken(text, NO_FILTERS)).toBe(false);
    }
    expect(typed(NO_FILTERS, "outcome:great reply>soon")).toEqual({ ...NO_FILTERS, q: "outcome:great reply>soon" });
    expect(isToken("late outc", NO_FILTERS)).toBe(false);
    expect(isToken("late outcome:er", NO_FILTERS)).toBe(true);
    expect(typed({ ...NO_FILTERS, tag: ["vip"] }, "tag:vip").tag).toEqual(["vip"]);
  });

  it("completes keys, then values that there are", () => {
    expect(completions("out", FACETS)).toEqual(["outcome:"]);
    expect(completions("late env:pr", FACETS)).toEqual(["late env:prod", 'late env:"pre prod"']);
    expect(completions("version:", FACETS)).toEqual(["version:v42"]);
    expect(completions("version:v42", FACETS)).toEqual([]);
    expect(completions("late ", FACETS)).toEqual([]);
  });
});
