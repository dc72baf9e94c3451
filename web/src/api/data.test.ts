import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { liveListener, newQueryClient } from "./data";

describe("figures", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are asked for again two seconds after the stream opened, once for all that is pushed till then", async () => {
    const client = newQueryClient();
    const asked = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
    const listener = liveListener(client, "p");
    listener.onOpen();
    listener.onOpen();
    await vi.advanceTimersByTimeAsync(1999);
    expect(asked).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledWith({ queryKey: ["figures"] });
  });
});
