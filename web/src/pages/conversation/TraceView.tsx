// A trace as spans: the whole page of one that is no call, and the timeline of one that is.
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { usePage, useSpans } from "../../api/data";
import type { Conversation, Span } from "../../api/types";
import { Button, useNow, useWidth } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { Failure, Skeleton, State } from "../../components/states";
import { duration, plural } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { box } from "../../lib/paths";
import { tickLabel, ticks } from "../../lib/ticks";
import { type Range, rangeOf, spanTree, stack } from "../../lib/tree";
import { SpanPane } from "./SpanPane";
import { markOfSpan as markOf } from "../../lib/marks";
import { SpanRows } from "./SpanRows";

const SHORT_MS = 50;
const isShort = (span: Span) => span.end !== null && span.end - span.start < SHORT_MS;

const MINIMAP_ROWS = 4;
const MINIMAP_MOST = 5000;

function Minimap({ spans, range, now }: { spans: Span[]; range: Range; now: number }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  // The root covers everything: it says nothing here.
  const shown = useMemo(() => stack(spans.filter((span) => span.parent !== null).slice(0, MINIMAP_MOST), range, now, MINIMAP_ROWS), [spans, range, now]);
  const paths = useMemo(() => {
    const all = new Map<string, string>();
    for (const { span, row, left, width: wide } of shown) {
      const mark = markOf(span);
      all.set(mark, (all.get(mark) ?? "") + box((left / 100) * width, row * 8, Math.max(1.4, (wide / 100) * width - 1), 6, 2));
    }
    return all;
  }, [shown, width]);
  const length = range.to - range.from;
  const height = shown.reduce((most, mark) => Math.max(most, mark.row + 1), 1) * 8;
  return (
    <div className="minimap" ref={ref}>
      {width > 0 && (
        <svg width={width} height={height + 20} aria-hidden="true">
          {[...paths].map(([mark, path]) => <path key={mark} className={`f-${mark}`} d={path} />)}
          {ticks(length, width / 110).map((at) => <text key={at} className="axis" x={(at / length) * width} y={height + 14}>{tickLabel(at, length)}</text>)}
        </svg>
      )}
    </div>
  );
}

function useTree(row: Conversation, now: number, tooMany: boolean) {
  const { project } = usePage();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [find, setFind] = useState("");
  const [errorsOnly, setErrorsOnly] = useState(false);
  const [longOnly, setLongOnly] = useState(false);
  const [wanted, setWanted] = useState(!tooMany);
  const query = useSpans(project, row.id, null, wanted);
  const all = query.data?.spans ?? [];
  const spans = useMemo(() => {
    const word = find.trim().toLowerCase();
    return all.filter((span) => (!errorsOnly || span.level === "ERROR") && (!longOnly || !isShort(span)) && (word === "" || `${span.label} ${span.name} ${span.model ?? ""}`.toLowerCase().includes(word)));
  }, [query.data, find, errorsOnly, longOnly]);
  const rows = useMemo(() => spanTree(spans, folded), [spans, folded]);
  const range = useMemo(() => rangeOf(all, now), [query.data, row.live ? now : 0]);
  const fold = (id: string) => setFolded((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  return { wanted, want: () => setWanted(true), query, all, rows, range, fold, find, setFind, errorsOnly, setErrorsOnly, longOnly, setLongOnly };
}

/** So many spans are loaded only when somebody asks for them. */
function Many({ row, want }: { row: Conversation; want: () => void }) {
  return (
    <State title={`This trace has ${plural(row.spans, "span")}`} actions={<Button onClick={want}>Load all</Button>}>
      {row.voice ? "Those of a turn are beside the transcript. All of them take a moment." : "All of them take a moment."}
    </State>
  );
}

/** All spans of a call, with bars. */
export function Timeline({ row, tooMany, now, chosen, choose }: { row: Conversation; tooMany: boolean; now: number; chosen: string | null; choose: (span: string) => void }) {
  const tree = useTree(row, now, tooMany);
  if (!tree.wanted) return <Many row={row} want={tree.want} />;
  if (tree.query.isError) return <Failure error={tree.query.error} retry={() => void tree.query.refetch()} />;
  if (!tree.query.data) return <Skeleton rows={8} height={29} />;
  return (
    <div className="timeline">
      <Minimap spans={tree.all} range={tree.range} now={now} />
      <SpanRows rows={tree.rows} range={tree.range} now={now} chosen={chosen} choose={choose} guides={false} bars tall />
    </div>
  );
}

export function TraceView({ row, tooMany }: { row: Conversation; tooMany: boolean }) {
  const now = useNow(row.live);
  const tree = useTree(row, now, tooMany);
  const [params, setParams] = useSearchParams();
  const choose = (span: string) => setParams((old) => { old.set("span", span); return old; }, { replace: true });
  const at = tree.rows.findIndex((known) => known.span.id === params.get("span"));
  const chosen = tree.rows[Math.max(0, at)]?.span ?? null;
  const move = (by: number) => {
    const next = tree.rows[Math.min(tree.rows.length - 1, Math.max(0, Math.max(0, at) + by))];
    if (next) choose(next.span.id);
  };
  useKeys({ ArrowDown: () => move(1), ArrowUp: () => move(-1), ArrowLeft: () => chosen && tree.fold(chosen.id), ArrowRight: () => chosen && tree.fold(chosen.id) });
  const errors = tree.all.filter((span) => span.level === "ERROR").length;
  if (!tree.wanted) return <Many row={row} want={tree.want} />;
  return (
    <div className="trace">
      <section className="trace-tree">
        <div className="trace-tools">
          <label className="search"><Icon name="search" size={15} /><input type="search" placeholder="Find in trace" aria-label="Find in trace" value={tree.find} onChange={(event) => tree.setFind(event.target.value)} /></label>
          {errors > 0 && <label className={`pill toggle ${tree.errorsOnly ? "accent" : ""}`}><input type="checkbox" checked={tree.errorsOnly} onChange={() => tree.setErrorsOnly(!tree.errorsOnly)} />only errors</label>}
          {tree.all.some(isShort) && <label className={`pill toggle ${tree.longOnly ? "accent" : ""}`}><input type="checkbox" checked={tree.longOnly} onChange={() => tree.setLongOnly(!tree.longOnly)} />hide under {duration(SHORT_MS)}</label>}
        </div>
        {tree.query.isPending && <Skeleton rows={8} height={32} />}
        {tree.query.isError && <Failure error={tree.query.error} retry={() => void tree.query.refetch()} />}
        {tree.query.data && (
          <>
            <Minimap spans={tree.all} range={tree.range} now={now} />
            {tree.rows.length === 0
              ? <State title="No span fits" actions={<Button onClick={() => { tree.setFind(""); tree.setErrorsOnly(false); tree.setLongOnly(false); }}>Show all</Button>} />
              : <SpanRows rows={tree.rows} range={tree.range} now={now} chosen={chosen?.id ?? null} choose={choose} guides bars fold={tree.fold} tall />}
            <footer className="foot"><span><kbd>↑</kbd> <kbd>↓</kbd> span</span><span><kbd>←</kbd> fold</span><span className="spacer" /><span className="num">{duration(tree.range.to - tree.range.from)}</span></footer>
          </>
        )}
      </section>
      <section className="trace-detail">{chosen && <SpanPane trace={row.id} span={chosen} />}</section>
    </div>
  );
}
