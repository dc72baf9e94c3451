// Conversations over time above the list; dragging over it narrows the list to that time.
import { useState } from "react";
import { useHistogram, usePage } from "../../api/data";
import { useWidth } from "../../components/bits";
import { axisTime, plural, started } from "../../lib/format";
import type { Filters } from "../../lib/rows";

const BINS = 96;
const PLOT = 40;

export function HistogramBar({ filters, apply }: { filters: Filters; apply: (filters: Filters) => void }) {
  const { project } = usePage();
  const [ref, width] = useWidth<HTMLDivElement>();
  const { data } = useHistogram(project, filters, BINS);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const zoomed = filters.from !== null || filters.to !== null;
  const bins = data?.count.length ?? 0;
  const wide = bins > 0 ? width / bins : 0;
  const most = Math.max(1, ...(data?.count ?? []));
  const high = (value: number) => (value === 0 ? 0 : Math.max(1.5, (value / most) * PLOT));
  const binAt = (event: React.PointerEvent) => Math.min(bins - 1, Math.max(0, Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left) / wide)));
  const finish = () => {
    if (drag && data) {
      const [first, last] = [Math.min(...drag), Math.max(...drag)];
      apply({ ...filters, from: Math.round(data.from + first * data.step), to: Math.round(data.from + (last + 1) * data.step) });
    }
    setDrag(null);
  };
  return (
    <div className="histogram">
      <div className="histogram-head">
        <span><i className="sq h-count" /> conversations</span><span><i className="sq h-slow" /> slow (p95 &gt; 1.2 s)</span><span><i className="sq h-failed" /> failed</span>
        <span className="spacer" />
        {zoomed ? <button type="button" className="acc" onClick={() => apply({ ...filters, from: null, to: null })}>all times</button> : <span className="hide-narrow">drag to zoom</span>}
      </div>
      <div ref={ref} className="histogram-plot">
        {width > 0 && data && bins > 0 && (
          <svg width={width} height={PLOT + 14} role="img" aria-label={`${plural(data.count.reduce((sum, value) => sum + value, 0), "conversation")} from ${started(data.from)}`}
            onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); const bin = binAt(event); setDrag([bin, bin]); }}
            onPointerMove={(event) => { if (drag) { const bin = binAt(event); setDrag((old) => old && [old[0], bin]); } }}
            onPointerUp={finish} onPointerCancel={() => setDrag(null)}>
            {data.count.map((value, index) => {
              const slow = high(data.slow[index]);
              const failed = high(data.failed[index]);
              const x = index * wide;
              const bar = Math.max(1, wide - 2);
              return (
                <g key={index}>
                  <title>{`${started(data.from + index * data.step)}: ${plural(value, "conversation")}, ${data.slow[index]} slow, ${data.failed[index]} failed`}</title>
                  <rect className="h-hit" x={x} y={0} width={wide} height={PLOT} />
                  <rect className="h-count" x={x} y={PLOT - high(value)} width={bar} height={high(value)} rx={Math.min(1.8, bar / 2)} />
                  <rect className="h-slow" x={x} y={PLOT - Math.min(high(value), slow + failed)} width={bar} height={slow} rx={1} />
                  <rect className="h-failed" x={x} y={PLOT - failed} width={bar} height={failed} rx={1} />
                </g>
              );
            })}
            {drag && <rect className="h-brush" x={Math.min(...drag) * wide} y={0} width={(Math.abs(drag[1] - drag[0]) + 1) * wide} height={PLOT} rx={4} />}
            {[0, 0.25, 0.5, 0.75].map((share) => (
              <text key={share} className="axis" x={share * width} y={PLOT + 12}>{axisTime(data.from + share * bins * data.step, bins * data.step)}</text>
            ))}
          </svg>
        )}
      </div>
    </div>
  );
}
