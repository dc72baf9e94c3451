// A line of values without an axis: only its shape says something.
import { sparkPath } from "../lib/kpis";

const WIDTH = 160;
const HEIGHT = 22;

export function Spark({ values, tone }: { values: (number | null)[]; tone: string }) {
  return (
    <svg className={`spark ${tone}`} viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(values, WIDTH, HEIGHT)} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
