import { describe, expect, it } from "vitest";
import { SseParser, type ServerEvent } from "../api/sse";
import type { Session } from "../api/types";
import { messages } from "./messages";
import { snippet } from "./snippets";

describe("messages", () => {
  it("reads a chat, its tool call and its tool result", () => {
    const list = messages(JSON.stringify([
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "Around four?" }, { type: "image_url" }] },
      { role: "assistant", content: null, tool_calls: [{ function: { name: "find", arguments: '{"day":1}' } }] },
      { role: "tool", tool_call_id: "c1", content: '{"free":[]}' },
    ]), "user");
    expect(list.map((message) => [message.role, message.name, message.text])).toEqual([
      ["system", "", "Be brief."], ["user", "", "Around four?\n[image_url]"], ["call", "find", '{\n  "day": 1\n}'], ["tool", "c1", '{\n  "free": []\n}'],
    ]);
  });
  it("takes plain text, and text that only looks like JSON, as it is", () => {
    expect(messages("[laughs] yes", "assistant")).toEqual([{ role: "assistant", name: "", text: "[laughs] yes", code: false }]);
    expect(messages('"quoted"', "text")[0].text).toBe("quoted");
    expect(messages(null, "user")).toEqual([]);
  });
  it("shows any other JSON indented", () => {
    expect(messages('{"a":1}', "user")).toEqual([{ role: "user", name: "", text: '{\n  "a": 1\n}', code: true }]);
  });
});

describe("server-sent events", () => {
  const read = (...pieces: string[]) => {
    const events: ServerEvent[] = [];
    const parser = new SseParser((event) => events.push(event));
    for (const piece of pieces) parser.push(piece);
    return events;
  };
  it("are whole however the bytes are cut", () => {
    const text = "id: 7\nevent: stats\ndata: {\ndata: }\n\n: beat\n\ndata: x\r\n\r\n";
    const whole = [{ id: "7", event: "stats", data: "{\n}" }, { id: "7", event: "message", data: "x" }];
    expect(read(text)).toEqual(whole);
    expect(read(...text)).toEqual(whole);
  });
  it("that are not complete are not given", () => {
    expect(read("data: x\n")).toEqual([]);
  });
});

describe("first-run lines", () => {
  const session = { public_key: "pk-lf-1", endpoints: { http: "http://localhost:3000/", otlp_http: "http://localhost:4318/v1/traces", otlp_grpc: null } } as Session;
  it("need no key on this machine, and name the header for another", () => {
    const text = snippet("pipecat", session);
    expect(text).toContain('OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318"\n');
    expect(text).toContain("Authorization=Basic%20");
  });
  it("use the project's key when the open port is not here", () => {
    const text = snippet("repartee", { ...session, endpoints: { ...session.endpoints, otlp_http: null } });
    expect(text).toContain('OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:3000/api/public/otel"');
  });
});
