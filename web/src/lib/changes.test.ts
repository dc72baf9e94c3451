import { describe, expect, it } from "vitest";
import { changes } from "./changes";
import type { Message } from "./messages";

const say = (text: string, role: Message["role"] = "user"): Message => ({ role, name: "", text, code: false });

describe("what changed since the last call of the model", () => {
  it("is what came behind", () => {
    const before = [say("be kind", "system"), say("hello")];
    expect(changes(before, [...before, say("hi", "assistant"), say("bye")])).toEqual({ same: 2, gone: [], added: [say("hi", "assistant"), say("bye")] });
  });

  it("is what was dropped or written anew in the middle", () => {
    const [system, tail] = [say("be kind", "system"), say("last")];
    expect(changes([system, say("a"), say("b"), tail], [system, say("summary"), tail])).toEqual({ same: 2, gone: [say("a"), say("b")], added: [say("summary")] });
  });

  it("is nothing when all is the same, and all when nothing is", () => {
    expect(changes([say("a")], [say("a")])).toEqual({ same: 1, gone: [], added: [] });
    expect(changes([], [say("a")])).toEqual({ same: 0, gone: [], added: [say("a")] });
  });
});
