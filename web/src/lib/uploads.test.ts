import { describe, expect, it } from "vitest";
import type { Recording } from "../api/types";
import { uploadProgress } from "./uploads";

const recording = (bytes: number, received: number | null, uploaded = false) => ({ bytes, received, uploaded }) as Recording;

describe("the progress of an upload", () => {
  it("is not known before its first byte, and is over with its last", () => {
    expect(uploadProgress([])).toBeNull();
    expect(uploadProgress([recording(2000, null)])).toBeNull();
    expect(uploadProgress([recording(2000, null, true)])).toBeNull();
  });
  it("is that of all that are on their way, and never whole", () => {
    expect(uploadProgress([recording(2000, 880)])).toEqual({ here: 880, all: 2000, percent: 44 });
    expect(uploadProgress([recording(2000, 1000), recording(2000, null), recording(9000, null, true)])?.percent).toBe(25);
    expect(uploadProgress([recording(2000, 2000)])?.percent).toBe(99);
  });
});
