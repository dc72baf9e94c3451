// Spans as rows: waterfall, tree or table. Long lists are drawn as far as they are seen.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import type { Span } from "../../api/types";
import { Pill } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { count, duration, money } from "../../lib/format";
import { markOfSpan as markOf } from "../../lib/marks";
import { bar, type Range, type TreeRow } from "../../lib/tree";

const ROW = 29;
const ROW_GUIDES = 32;

export const lengthOf = (span: Span, now: number): number => (span.end ?? Math.max(now, span.start)) - span.start;

function Name({ row, guides, fold }: { row: TreeRow; guides: boolean; fold?: (id: string) => void }) {
  const { span } = row;
  return (
    <span className="span-name" style={guides ? undefined : { paddingLeft: row.depth * 14 }}>
      {guides && row.guides.slice(1).map((goesOn, level) => (
        <i key={level} className={`guide ${level === row.guides.length - 2 ? "own" : ""} ${goesOn ? "on" : ""}`} />
      ))}
      {guides && fold && (row.children > 0 ? (
        <span className={`fold ${row.folded ? "folded" : ""}`} role="button" aria-label={row.folded ? "Unfold" : "Fold"}
          onClick={(event) => { event.stopPropagation(); fold(span.id); }}><Icon name="down" size={13} /></span>
      ) : <span className="fold" />)}
      <i className={`sq m-${markOf(span)}`} />
      <b className="clip">{span.label}</b>
      {span.interrupted && <Pill tone="bad">cut</Pill>}
      {span.level === "ERROR" && <Pill tone="bad">error</Pill>}
      {span.level === "WARNING" && <Pill tone="warn">warning</Pill>}
      {span.model && <span className="span-model" title={span.model}><span className="dim clip">{span.model}</span></span>}
    </span>
  );
}

interface Props {
  rows: TreeRow[]; range: Range; now: number; chosen: string | null; choose: (span: string) => void;
  guides: boolean; bars: boolean; fold?: (id: string) => void; tall?: boolean;
}

export function SpanRows({ rows, range, now, chosen, choose, guides, bars, fold, tall }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const size = guides ? ROW_GUIDES : ROW;
  const priced = useMemo(() => rows.some((row) => row.span.cost !== null), [rows]);
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => size, overscan: 12,
    getItemKey: (index) => rows[index].span.id,
  });
  return (
    <div className={`span-rows ${tall ? "tall" : ""} ${bars ? "bars" : ""} ${priced ? "" : "unpriced"}`} ref={scroller} tabIndex={-1}>
      <div className="rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          const { span } = row;
          const place = bar(span, range, now);
          return (
            <button type="button" key={item.key} className={`span-row ${span.id === chosen ? "on" : ""}`} data-span={span.id}
              aria-pressed={span.id === chosen} style={{ height: size, transform: `translateY(${item.start}px)` }} onClick={() => choose(span.id)}>
              <Name row={row} guides={guides} fold={fold} />
              {bars ? <span className="track"><i className={`m-${markOf(span)} ${span.end === null ? "open" : ""}`} style={{ left: `${place.left}%`, width: `${place.width}%` }} /></span> : <span />}
              <span className="r num sub">{duration(lengthOf(span, now))}</span>
              <span className="r num dim span-cost">{span.cost === null ? "" : money(span.cost)}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

export function SpanTable({ rows, now, chosen, choose }: Pick<Props, "rows" | "now" | "chosen" | "choose">) {
  return (
    <div className="span-table" role="group" aria-label="Spans" tabIndex={0}>
      <table>
        <thead><tr><th>Span</th><th>Model</th><th className="r">Time</th><th className="r">First byte</th><th className="r">Tokens</th><th className="r">Cost</th></tr></thead>
        <tbody>
          {rows.map(({ span }) => (
            <tr key={span.id} className={span.id === chosen ? "on" : ""} onClick={() => choose(span.id)}>
              <td><button type="button" onClick={() => choose(span.id)}><i className={`sq m-${markOf(span)}`} /> {span.label}</button></td>
              <td className="sub">{[span.provider, span.model].filter(Boolean).join(" · ")}</td>
              <td className="r num">{duration(lengthOf(span, now))}</td>
              <td className="r num">{span.ttfb === null ? <span className="dim">–</span> : duration(span.ttfb)}</td>
              <td className="r num">{span.input_tokens === null && span.output_tokens === null ? <span className="dim">–</span> : `${count(span.input_tokens)} → ${count(span.output_tokens)}`}</td>
              <td className="r num">{span.cost === null ? <span className="dim">–</span> : money(span.cost)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
