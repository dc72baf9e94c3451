// Replies by time and length; a box that is drawn over them opens its turns. By keyboard: arrows move, with shift they
// draw, enter opens.
import { useState } from "react";
import type { Heatmap } from "../../api/types";
import { useWidth } from "../../components/bits";
import { type Box, boxOfCells, cellsOfBox, type Cell } from "../../lib/box";
import { axisTime, plural } from "../../lib/format";

const HOUR = 3_600_000;
const ROW = 13;
const LEFT = 54;
const BOTTOM = 20;
const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export function HeatmapView({ map, box, choose }: { map: Heatmap; box: Box | null; choose: (box: Box) => void }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [drawn, setDrawn] = useState<[Cell, Cell] | null>(null);
  const [pulling, setPulling] = useState(false);
  const columns = map.time.length;
  const rows = map.edges.length + 1;
  const wide = Math.max(1, (width - LEFT - 4) / Math.max(1, columns));
  const height = rows * ROW;
  const most = Math.max(1, ...map.count.flat());
  const y = (row: number) => (rows - 1 - row) * ROW;
  const cellAt = (event: React.PointerEvent<SVGSVGElement>): Cell => {
    const place = event.currentTarget.getBoundingClientRect();
    return {
      column: Math.min(columns - 1, Math.max(0, Math.floor((event.clientX - place.left - LEFT) / wide))),
      row: Math.min(rows - 1, Math.max(0, rows - 1 - Math.floor((event.clientY - place.top) / ROW))),
    };
  };
  const open = (cells: [Cell, Cell]) => choose(boxOfCells(map, ...cells));
  const onKey = (event: React.KeyboardEvent) => {
    const step = STEPS[event.key];
    const [anchor, cell] = drawn ?? [{ column: columns - 1, row: 0 }, { column: columns - 1, row: 0 }];
    if (event.key === "Enter" && drawn) open(drawn);
    if (!step) return;
    event.preventDefault();
    const next = { column: Math.min(columns - 1, Math.max(0, cell.column + step[0])), row: Math.min(rows - 1, Math.max(0, cell.row + step[1])) };
    setDrawn([event.shiftKey ? anchor : next, next]);
  };
  const shown = drawn ? cellsOfBox(map, boxOfCells(map, ...drawn)) : box && cellsOfBox(map, box);
  const inside = shown ? map.count.slice(shown.columns[0], shown.columns[1] + 1).reduce((sum, counts) => sum + counts.slice(shown.rows[0], shown.rows[1] + 1).reduce((all, one) => all + one, 0), 0) : 0;
  return (
    <div className="heatmap" ref={ref}>
      {width > 0 && (
        <svg width={width} height={height + BOTTOM} tabIndex={0} role="application" aria-label="Replies by time and length: arrows move, shift draws a box, enter opens its turns"
          onKeyDown={onKey} onBlur={() => setDrawn(null)}
          onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); const cell = cellAt(event); setPulling(true); setDrawn([cell, cell]); }}
          onPointerMove={(event) => pulling && drawn && setDrawn([drawn[0], cellAt(event)])}
          onPointerUp={() => { setPulling(false); if (drawn) open(drawn); setDrawn(null); }}>
          {map.count.map((counts, column) => counts.map((count, row) => (
            <rect key={`${column} ${row}`} x={LEFT + column * wide} y={y(row)} width={Math.max(1, wide - 1)} height={ROW - 1} rx={1.5}
              className={count === 0 ? "none" : "some"} fillOpacity={count === 0 ? undefined : 0.25 + 0.75 * Math.sqrt(count / most)} />
          )))}
          {map.edges.map((edge, row) => row % 2 === 1 && <text key={edge} className="axis" x={LEFT - 8} y={y(row) + 3.5} textAnchor="end">{edge < 1000 ? `${edge} ms` : `${edge / 1000} s`}</text>)}
          {[0, 0.25, 0.5, 0.75].map((share) => <text key={share} className="axis" x={LEFT + share * (width - LEFT)} y={height + 14}>{axisTime(map.from + share * (map.to - map.from), map.to - map.from)}</text>)}
          {shown && <rect className="box" x={LEFT + shown.columns[0] * wide - 1} y={y(shown.rows[1]) - 1} width={(shown.columns[1] - shown.columns[0] + 1) * wide + 1} height={(shown.rows[1] - shown.rows[0] + 1) * ROW + 1} rx={3} />}
        </svg>
      )}
      <p className="sub num" role="status">{shown ? plural(inside, "reply", "replies") : `darkest: ${plural(most, "reply", "replies")} in ${map.step < HOUR ? `${Math.round(map.step / 60_000)} min` : `${Math.round(map.step / HOUR)} h`}`}</p>
    </div>
  );
}
