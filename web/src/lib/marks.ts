// What kind of mark a span has: its stage, a generic span's kind, or that it failed.
import type { Span } from "../api/types";

export function markOfSpan(span: Pick<Span, "level" | "stage" | "type" | "parent">): string {
  if (span.level === "ERROR") return "error";
  if (span.stage !== null) return span.stage;
  if (span.type === "GENERATION" || span.type === "EMBEDDING") return "llm";
  if (span.type === "TOOL" || span.type === "RETRIEVER") return "tool";
  return span.type === "AGENT" || span.type === "CHAIN" || span.parent === null ? "turn" : "plain";
}
