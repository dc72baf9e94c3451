// Round ticks for a time axis that starts at 0.

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_800_000, 3_600_000,
];

/** Positions in ms from 0 to `length`, at most `most` of them, on round steps. */
export function ticks(length: number, most: number): number[] {
  if (!(length > 0) || most < 1) return [0];
  const step = STEPS.find((candidate) => length / candidate <= most) ?? Math.ceil(length / most / 3_600_000) * 3_600_000;
  const marks: number[] = [];
  for (let at = 0; at <= length; at += step) marks.push(at);
  return marks;
}

/** "0", "500 ms", "1.5 s" with as many decimals as the step needs, "1:30" from a minute on. */
export function tickLabel(at: number, length: number): string {
  if (length >= 60_000) {
    const seconds = Math.round(at / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  if (length < 1000) return `${at} ms`;
  return `${(at / 1000).toFixed(length < 6000 ? 1 : 0)} s`;
}
