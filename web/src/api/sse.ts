// Server-sent events over fetch: unlike EventSource it tells why a connection failed, and it can
// resume by id after one that the browser would give up on.
import { takeEarly } from "./client";

export interface ServerEvent { id: string; event: string; data: string }

/** Cuts a stream of text into events. Feed it pieces of any size. */
export class SseParser {
  private rest = "";
  private event = "";
  private data: string[] = [];
  private id = "";

  constructor(private readonly emit: (event: ServerEvent) => void) {}

  push(text: string): void {
    this.rest += text;
    for (;;) {
      const end = this.rest.search(/\r\n|\n|\r(?!$)/);
      if (end < 0) return;
      const line = this.rest.slice(0, end);
      this.rest = this.rest.slice(end + (this.rest.startsWith("\r\n", end) ? 2 : 1));
      this.line(line);
    }
  }

  private line(line: string): void {
    if (line === "") {
      if (this.data.length > 0) this.emit({ id: this.id, event: this.event || "message", data: this.data.join("\n") });
      this.event = "";
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    if (field === "event") this.event = value;
    if (field === "id" && !value.includes("\0")) this.id = value;
  }
}

/** Reads events until the connection ends; throws if it cannot be opened. */
export async function readEvents(
  url: string, lastId: string, signal: AbortSignal, opened: () => void, emit: (event: ServerEvent) => void,
): Promise<void> {
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (lastId !== "") headers["last-event-id"] = lastId;
  const there = lastId === "" ? await takeEarly(url) : null;
  const response = there ?? (await fetch(url, { headers, signal, cache: "no-store" }));
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  opened();
  const reader = response.body.pipeThrough(new TextDecoderStream(), { signal }).getReader();
  const parser = new SseParser(emit);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.push(value);
  }
}
