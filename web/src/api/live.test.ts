import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveStream } from "./live";

const answer = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } });
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  await vi.advanceTimersByTimeAsync(0);
};

describe("the event stream", () => {
  const listener = { onOpen: vi.fn(), onConversation: vi.fn(), onTurn: vi.fn(), onReset: vi.fn() };
  const fetched = vi.fn();
  let stream: LiveStream;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.resetAllMocks();
    vi.stubGlobal("fetch", fetched);
    stream = new LiveStream("/api/ui/events", listener);
  });
  afterEach(() => {
    stream.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("gives rows and turns to the store and to the listener", async () => {
    fetched.mockResolvedValueOnce(answer('id: 4\nevent: conversation.upsert\ndata: {"id":"a"}\n\nevent: turn.upsert\ndata: {"conversation_id":"a","turn":{"number":2}}\n\n'));
    fetched.mockReturnValue(new Promise(() => {}));
    stream.start();
    await settle();
    expect(listener.onConversation).toHaveBeenCalledWith({ id: "a" });
    expect(listener.onTurn).toHaveBeenCalledWith({ conversation_id: "a", turn: { number: 2 } });
    expect([...stream.snapshot().conversations.keys()]).toEqual(["a"]);
    expect(stream.snapshot().turns.get("a")).toEqual({ number: 2 });
  });

  it("forgets what came of a conversation that was deleted, and nothing else", async () => {
    fetched.mockResolvedValueOnce(answer('event: conversation.upsert\ndata: {"id":"a"}\n\nevent: conversation.upsert\ndata: {"id":"b"}\n\nevent: turn.upsert\ndata: {"conversation_id":"a","turn":{"number":2,"reply":800}}\n\n'));
    fetched.mockReturnValue(new Promise(() => {}));
    stream.start();
    await settle();
    stream.forget("a");
    const { conversations, turns, replies } = stream.snapshot();
    expect([[...conversations.keys()], turns.size, replies.size]).toEqual([["b"], 0, 0]);
  });

  it("asks again with the id of the last event, later each time", async () => {
    fetched.mockResolvedValueOnce(answer("id: 41\nevent: stats\ndata: {}\n\n"));
    fetched.mockRejectedValue(new TypeError("refused"));
    stream.start();
    await settle();
    expect(stream.snapshot().away).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    expect(fetched.mock.calls[1][1].headers["last-event-id"]).toBe("41");
    await vi.advanceTimersByTimeAsync(1999);
    expect(fetched).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(fetched).toHaveBeenCalledTimes(3);
  });

  it("asks at once when told to, and forgets that it was away", async () => {
    fetched.mockRejectedValueOnce(new TypeError("refused"));
    fetched.mockResolvedValueOnce(new Response(new ReadableStream()));
    stream.start();
    await settle();
    stream.retryNow();
    await settle();
    expect(stream.snapshot().away).toBeNull();
    expect(listener.onOpen).toHaveBeenCalledTimes(1);
  });

  it("has everything loaded anew when it cannot know what it missed", async () => {
    fetched.mockRejectedValueOnce(new TypeError("refused"));
    fetched.mockResolvedValueOnce(new Response(new ReadableStream()));
    stream.start();
    await settle();
    stream.retryNow();
    await settle();
    expect(listener.onReset).toHaveBeenCalledTimes(1);
  });

  it("forgets its rows when the server no longer keeps what was missed", async () => {
    fetched.mockResolvedValueOnce(answer('event: conversation.upsert\ndata: {"id":"a"}\n\nevent: reset\ndata: {}\n\n'));
    fetched.mockReturnValue(new Promise(() => {}));
    stream.start();
    await settle();
    expect(listener.onReset).toHaveBeenCalled();
    expect(stream.snapshot().conversations.size).toBe(0);
  });

  it("takes an event that it cannot read for nothing", async () => {
    fetched.mockResolvedValueOnce(answer("event: stats\ndata: {\n\nevent: news\ndata: {}\n\n"));
    fetched.mockReturnValue(new Promise(() => {}));
    stream.start();
    await settle();
    expect(stream.snapshot().stats).toBeNull();
  });
});
