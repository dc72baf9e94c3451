// How far recordings have come that are on their way.
import type { Recording } from "../api/types";

export interface Progress { here: number; all: number; percent: number }

/** Of all that are announced and not whole; null while not a byte of them has come. 100 % is told of none that is not whole. */
export function uploadProgress(recordings: Recording[]): Progress | null {
  const coming = recordings.filter((one) => !one.uploaded);
  const all = coming.reduce((sum, one) => sum + one.bytes, 0);
  const here = coming.reduce((sum, one) => sum + Math.min(one.bytes, one.received ?? 0), 0);
  return here === 0 ? null : { here, all, percent: Math.min(99, Math.floor((here / all) * 100)) };
}
