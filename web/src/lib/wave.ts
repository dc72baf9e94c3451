// The picture of sound: peaks as the server made them, drawn as bars around the middle of a lane.

/** Least and greatest of each step, from the base64 of signed bytes. */
export function decodePeaks(text: string): Int8Array {
  const bytes = atob(text);
  return Int8Array.from(bytes, (char) => (char.charCodeAt(0) << 24) >> 24);
}

/** One path for a lane: a bar for each step from `left`, `step` wide, `half` high at the loudest. Quiet is a dot. */
export function wavePath(peaks: Int8Array, left: number, step: number, middle: number, half: number): string {
  let loudest = 1;
  for (const value of peaks) loudest = Math.max(loudest, Math.abs(value));
  // A quiet recording is drawn larger, noise is not.
  const scale = half / Math.max(24, loudest);
  const parts: string[] = [];
  for (let index = 0; index + 1 < peaks.length; index += 2) {
    const high = Math.max(Math.abs(peaks[index]), Math.abs(peaks[index + 1])) * scale;
    if (high < 0.6) continue;
    parts.push(`M${(left + (index / 2 + 0.5) * step).toFixed(1)} ${(middle - high).toFixed(1)}v${(2 * high).toFixed(1)}`);
  }
  return parts.join("");
}
