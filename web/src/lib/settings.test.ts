import { describe, expect, it } from "vitest";
import type { AttributeValue, Conversation, SpanDetail, Turn } from "../api/types";
import { differing, settingsOf } from "./settings";

const row = (more: Partial<Conversation>) => ({ version: null, release: null, environment: "default", ...more }) as Conversation;
const span = (stage: string, attributes: [string, AttributeValue][]) => ({ span: { stage }, attributes }) as unknown as SpanDetail;
const turn = (ms: number) => ({ contributions: [{ owner: "service", detail: "nova-3", duration: 9 }, { owner: "setting", detail: "stop_secs 0.20", duration: ms }] }) as unknown as Turn;

describe("what a conversation was set to", () => {
  it("is told by its row, its services' spans and the pause at the end of speech", () => {
    const settings = settingsOf(row({ version: "v42" }), [turn(200.3)], [
      span("llm", [["gen_ai.request.model", "gpt-4.1"], ["param.model", "other"], ["gen_ai.request.temperature", 0.3], ["gen_ai.request.top_k", "NOT_GIVEN"], ["output", "Paris."], ["metrics.ttfb", 0.2]]),
      span("tts", [["voice_id", "v1"], ["settings.voice", "v1"], ["settings.speed", null]]),
    ]);
    expect([...settings]).toEqual([["version", "v42"], ["environment", "default"], ["VAD stop_secs", "200 ms"], ["llm model", "gpt-4.1"], ["llm temperature", "0.3"], ["tts voice", "v1"]]);
  });
});

describe("settings that differ", () => {
  const a = new Map([["version", "v41"], ["llm model", "gpt-4o"], ["llm temperature", "0.7"], ["tts voice", "v1"]]);
  it("are those that only one has or that are not the same", () => {
    expect(differing(a, new Map([["version", "v42"], ["llm model", "gpt-4o"], ["llm top_p", "0.9"], ["tts voice", "v1"]]))).toEqual([
      { name: "version", a: "v41", b: "v42" }, { name: "llm temperature", a: "0.7", b: null }, { name: "llm top_p", a: null, b: "0.9" }]);
    expect(differing(a, a)).toEqual([]);
  });
  it("are no more than the model of a service that one of them has not", () => {
    expect(differing(a, new Map([["version", "v41"], ["tts voice", "v1"]]))).toEqual([{ name: "llm model", a: "gpt-4o", b: null }]);
  });
});
