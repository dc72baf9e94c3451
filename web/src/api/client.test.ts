import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const answer = (word: string, status = 200) => new Response(JSON.stringify(word), { status });

describe("an answer that was asked for before the program was read", () => {
  const fetched = vi.fn();

  const withEarly = async (early: Map<string, Promise<Response | null>>) => {
    vi.stubGlobal("early", early);
    return import("./client");
  };

  beforeEach(() => {
    vi.resetModules();
    fetched.mockReset();
    fetched.mockImplementation(async () => answer("asked anew"));
    vi.stubGlobal("fetch", fetched);
    vi.spyOn(performance, "now").mockReturnValue(500);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("is taken once", async () => {
    const { get } = await withEarly(new Map([["/a", Promise.resolve(answer("early"))]]));

    expect(await get("/a")).toBe("early");
    expect(await get("/a")).toBe("asked anew");
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it("is asked for anew when it failed, was refused, or is old", async () => {
    const { get } = await withEarly(new Map<string, Promise<Response | null>>([["/failed", Promise.resolve(null)], ["/refused", Promise.resolve(answer("no", 401))], ["/old", Promise.resolve(answer("early"))]]));

    expect(await get("/failed")).toBe("asked anew");
    expect(await get("/refused")).toBe("asked anew");
    vi.spyOn(performance, "now").mockReturnValue(20_000);
    expect(await get("/old")).toBe("asked anew");
  });

  it("is nothing for a request that changes something", async () => {
    const { send } = await withEarly(new Map([["/a", Promise.resolve(answer("early"))]]));

    expect(await send("POST", "/a", "token")).toBe("asked anew");
  });
});
