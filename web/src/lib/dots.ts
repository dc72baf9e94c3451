// Geometry of the picture of spans: time to the right, duration upwards on a logarithmic scale.

export interface Dot { start: number; duration: number }
export interface DotScale {
  width: number;
  x: (time: number) => number;
  y: (duration: number) => number;
  /** The duration at a height. */
  duration: (y: number) => number;
  levels: number[];
  times: number[];
  /** From the first dot to the last, in ms. */
  span: number;
}

const LEVELS = [0.1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
const LEAST = 0.05;
const REACH = 9;

export function dotScale(dots: Dot[], box: { width: number; height: number; left: number; bottom: number }): DotScale {
  let [from, to, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const dot of dots) {
    from = Math.min(from, dot.start);
    to = Math.max(to, dot.start);
    low = Math.min(low, Math.max(LEAST, dot.duration));
    high = Math.max(high, Math.max(LEAST, dot.duration));
  }
  if (dots.length === 0) [from, to, low, high] = [0, 1, 1, 1000];
  const margin = 6;
  const [bottom, top] = [Math.log10(low) - 0.1, Math.log10(Math.max(high, low * 10)) + 0.1];
  const [span, wide, tall] = [Math.max(1, to - from), Math.max(1, box.width - box.left - 2 * margin), box.height - box.bottom - 2 * margin];
  const y = (duration: number) => margin + tall * (1 - (Math.log10(Math.max(LEAST, duration)) - bottom) / (top - bottom));
  const levels = LEVELS.filter((level) => Math.log10(level) >= bottom && Math.log10(level) <= top);
  return {
    width: box.width,
    x: (time) => box.left + margin + (wide * (time - from)) / span,
    y,
    duration: (at) => 10 ** (bottom + (top - bottom) * (1 - (at - margin) / tall)),
    levels,
    times: [0, 0.25, 0.5, 0.75].map((share) => from + share * span),
    span,
  };
}

/** The dot under a pointer; null when none is near. */
export function nearestDot<D extends Dot>(dots: D[], scale: DotScale, x: number, y: number): D | null {
  let best: D | null = null;
  let least = REACH * REACH;
  for (const dot of dots) {
    const far = (scale.x(dot.start) - x) ** 2 + (scale.y(dot.duration) - y) ** 2;
    if (far > least) continue;
    least = far;
    best = dot;
  }
  return best;
}
