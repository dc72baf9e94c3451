// Requests of the last hour by the minute, what was refused above what was taken.
import type { IngestHour } from "../../api/types";
import { useWidth } from "../../components/bits";
import { axisTime, count, plural } from "../../lib/format";
import { countTop, type IngestBar, ingestBars } from "../../lib/ingest";

const HEIGHT = 92;
const LEFT = 44;
const TOP = 8;
const BOTTOM = 20;
const GAP = 1.5;
const HOUR_MS = 3_600_000;

const told = ({ at, taken, refused }: IngestBar) => `${axisTime(at, HOUR_MS)} · ${plural(taken, "request")} taken${refused > 0 ? `, ${count(refused)} refused` : ""}`;
const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);

export function IngestChart({ hour }: { hour: IngestHour }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const bars = ingestBars(hour);
  const top = countTop(bars);
  const plot = Math.max(10, width - LEFT - 14);
  const step = plot / bars.length;
  const high = (requests: number) => (requests / top) * (HEIGHT - TOP - BOTTOM);
  const floor = HEIGHT - BOTTOM;
  return (
    <div className="ingest-chart" ref={ref}>
      <p className="ingest-keys"><i className="k-taken" /> requests a minute <i className="k-refused" /> refused</p>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={`Requests of the last hour: ${count(sum(hour.taken))} taken, ${count(sum(hour.refused))} refused`}>
          {[0, 0.5, 1].map((share) => (
            <g key={share}><line className="hair" x1={LEFT} x2={LEFT + plot} y1={floor - high(top * share)} y2={floor - high(top * share)} />
              <text className="axis" x={LEFT - 8} y={floor - high(top * share) + 3.5} textAnchor="end">{count(top * share)}</text></g>
          ))}
          {bars.map((bar, index) => (
            <g key={bar.at}><title>{told(bar)}</title>
              <rect className="room" x={LEFT + index * step} y={TOP} width={step} height={floor - TOP} />
              <rect className="taken" x={LEFT + index * step + GAP / 2} y={floor - high(bar.taken)} width={Math.max(1, step - GAP)} height={high(bar.taken)} />
              <rect className="refused" x={LEFT + index * step + GAP / 2} y={floor - high(bar.taken + bar.refused)} width={Math.max(1, step - GAP)} height={high(bar.refused)} /></g>
          ))}
          {[0, 0.25, 0.5, 0.75].map((share) => <text key={share} className="axis" x={LEFT + share * plot} y={HEIGHT - 5}>{axisTime(hour.from + share * HOUR_MS, HOUR_MS)}</text>)}
        </svg>
      )}
    </div>
  );
}
