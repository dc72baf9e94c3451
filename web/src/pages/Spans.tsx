// Spans of all traces, whatever program sent them: filters, a picture, the list, one span beside it.
import { memo, useCallback, useEffect, useMemo, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useFacets, usePage } from "../api/data";
import { useSpanList, useSpanPoints } from "../api/lists";
import type { ListedSpan, SpanPoint } from "../api/types";
import { Button, Pill } from "../components/bits";
import { Choice } from "../components/Choice";
import { Icon } from "../components/Icon";
import { Newer } from "../components/Newer";
import { Top } from "../components/Shell";
import { Failure, FailureBar, Skeleton, State } from "../components/states";
import { useRows } from "../components/useRows";
import { count, duration, plural, stamp, timeTitle } from "../lib/format";
import { useKeys } from "../lib/keys";
import { markOfSpan } from "../lib/marks";
import { NO_FILTERS } from "../lib/rows";
import { NO_SPAN_FILTERS, RANGES, spanAddress, spanChips, type SpanFilters, spanFiltersOf, withTyped } from "../lib/spanFilters";
import { useTheme } from "../lib/theme";
import { DotPlot } from "./spans/DotPlot";
import { SpanDrawer } from "./spans/SpanDrawer";

const ROW = 29;
/** The bar of the duration, on a logarithmic scale, is full at this. */
const FULL_MS = 100_000;
const TYPES: [string, string][] = [["SPAN", "Span"], ["GENERATION", "Generation"], ["TOOL", "Tool"], ["AGENT", "Agent"], ["CHAIN", "Chain"], ["RETRIEVER", "Retriever"], ["EMBEDDING", "Embedding"], ["GUARDRAIL", "Guardrail"], ["EVALUATOR", "Evaluator"], ["EVENT", "Event"]];
const LEVELS: [string, string][] = [["ERROR", "Error"], ["WARNING", "Warning"], ["DEFAULT", "Default"], ["DEBUG", "Debug"]];

const share = (ms: number) => Math.max(3, Math.min(100, (Math.log10(Math.max(1, ms)) / Math.log10(FULL_MS)) * 100));

function Tools({ filters, apply }: { filters: SpanFilters; apply: (filters: SpanFilters) => void }) {
  const { project } = usePage();
  const environments = useFacets(project, NO_FILTERS).data?.environment ?? [];
  const [text, setText] = useState(filters.q);
  useEffect(() => setText(filters.q), [filters.q]);
  return (
    <div className="span-tools">
      <form className="search" role="search" onSubmit={(event) => { event.preventDefault(); apply(withTyped(filters, text)); }}>
        <Icon name="search" size={15} />
        {spanChips(filters).map((chip) => (
          <span key={chip.name + chip.verb + chip.value} className="token"><i>{chip.name} {chip.verb}</i> <span className="clip">{chip.value}</span>
            <button type="button" aria-label={`Drop ${chip.name} ${chip.value}`} onClick={() => apply(chip.without)}><Icon name="cross" size={11} /></button></span>
        ))}
        <input type="search" maxLength={200} value={text} placeholder="Name, attribute = value, > 500 ms" aria-label="Search spans" onChange={(event) => setText(event.target.value)}
          onBlur={() => text.trim() !== filters.q && apply(withTyped(filters, text))} onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()} />
        <kbd>/</kbd>
      </form>
      <div className="choices">
        <Choice name="Kind" options={TYPES} chosen={filters.type} change={(type) => apply({ ...filters, type })} />
        <Choice name="Status" options={LEVELS} chosen={filters.level} change={(level) => apply({ ...filters, level })} />
        {environments.length > 1 && <Choice name="Environment" options={environments.map(({ value }) => [value, value])} chosen={filters.environment} change={(environment) => apply({ ...filters, environment })} />}
        <label className="btn small select"><span className="sub">Duration</span>
          <select value={String(filters.duration_from ?? "")} onChange={(event) => apply({ ...filters, duration_from: event.target.value === "" ? null : Number(event.target.value) })}>
            {[["", "any"], ["100", "over 100 ms"], ["500", "over 500 ms"], ["1000", "over 1 s"], ["5000", "over 5 s"]].map(([value, word]) => <option key={value} value={value}>{word}</option>)}
            {![null, 100, 500, 1000, 5000].includes(filters.duration_from) && <option value={String(filters.duration_from)}>over {duration(filters.duration_from)}</option>}
          </select>
        </label>
        <span className="spacer" />
        {spanChips(filters).length + (filters.q === "" ? 0 : 1) > 0 && <Button small tone="ghost" onClick={() => apply({ ...NO_SPAN_FILTERS, range: filters.range })}>clear</Button>}
      </div>
    </div>
  );
}

type Choose = (found: { trace: string; span: string } | null) => void;

const Row = memo(function Row({ found, top, on, choose }: { found: ListedSpan; top: number; on: boolean; choose: Choose }) {
  const { span } = found;
  const length = (span.end ?? span.start) - span.start;
  const mark = markOfSpan(span);
  return (
    <button type="button" className={`list-span ${on ? "on" : ""}`} aria-pressed={on} data-span={span.id} style={{ transform: `translateY(${top}px)` }} onClick={() => choose({ trace: found.trace, span: span.id })}>
      <span className="mono dim" title={timeTitle(span.start)}>{stamp(span.start)}</span>
      <span className="span-name"><i className={`sq m-${mark}`} /><b className="clip">{span.label}</b>{span.level === "ERROR" && <Pill tone="bad">error</Pill>}{span.level === "WARNING" && <Pill tone="warn">warning</Pill>}</span>
      <span className="sub clip c-service">{found.service}</span>
      <span className="c-bar"><span className="meter"><i className={`m-${mark}`} style={{ width: `${share(length)}%` }} /></span></span>
      <span className="r num">{duration(length)}</span>
      <span className="sub clip c-summary">{found.summary}</span>
      <span className="dim clip c-trace">{found.turn_number !== null && `turn ${found.turn_number} · `}{found.trace_title}</span>
    </button>
  );
});

const NO_POINTS: SpanPoint[] = [];

const keyOf = (found: ListedSpan) => `${found.trace}/${found.span.id}`;

export function SpansPage() {
  const { project } = usePage();
  const navigate = useNavigate();
  const theme = useTheme();
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => spanFiltersOf(params), [params]);
  const [trace, chosen] = (params.get("span") ?? "").split("/");
  const set = useCallback((next: URLSearchParams, span: string | null) => {
    if (span) next.set("span", span);
    setParams(next, { replace: true });
  }, [setParams]);
  const apply = useCallback((next: SpanFilters) => set(spanAddress(next), params.get("span")), [set, params]);
  const choose = useCallback<Choose>((found) => set(spanAddress(filters), found && `${found.trace}/${found.span}`), [set, filters]);

  const list = useSpanList(project, filters);
  const points = useSpanPoints(project, filters).data?.points ?? NO_POINTS;
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total;
  const { scroller, virtual, items, step } = useRows(rows, keyOf, ROW, list);
  const at = rows.findIndex((found) => keyOf(found) === params.get("span"));
  const move = (by: number) => {
    const found = step(params.get("span"), by);
    if (found !== null) choose({ trace: found.trace, span: found.span.id });
  };
  useKeys({
    j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1), Escape: () => choose(null),
    Enter: () => trace && void navigate(`/p/${project}/conversations/${trace}?span=${chosen}`),
    "/": () => document.querySelector<HTMLInputElement>(".span-tools .search input")?.focus(),
  });
  // The same elements while rows pass: what stands above the rows is not drawn anew with each of them.
  const above = useMemo(() => (
    <>
      <Tools filters={filters} apply={apply} />
      <DotPlot points={points} chosen={chosen ?? null} theme={theme} choose={(trace, span) => choose({ trace, span })} narrow={(least) => apply({ ...filters, duration_from: least })} />
    </>
  ), [filters, apply, points, chosen, theme, choose]);
  const look = () => void Promise.all([list.refetch(), virtual.scrollToOffset(0)]);
  return (
    <>
      <Top>
        <h1>Spans</h1>
        <span className="dim num clip">{total != null && `${plural(total, "match", "match")} · `}<span className="hide-narrow">any OpenTelemetry data, not only voice</span></span>
        <span className="spacer" />
        <label className="btn select"><select aria-label="Time" value={RANGES.find(([, , length]) => length === filters.range)?.[0]} onChange={(event) => apply({ ...filters, range: RANGES.find(([name]) => name === event.target.value)![2] })}>
          {RANGES.map(([name, word]) => <option key={name} value={name}>{word}</option>)}
        </select></label>
      </Top>
      <div className={`spans-page ${chosen ? "split" : ""}`}>
        <section className="list" aria-label="Spans">
          {above}
          {list.isError && rows.length > 0 && <FailureBar error={list.error} retry={() => void list.refetch()} />}
          <Newer what="spans" at={list.dataUpdatedAt} look={look} />
          <div className="span-heads"><span>Start ↓</span><span>Span</span><span className="c-service">Service</span><span className="c-bar">Duration, log</span><span className="r">Duration</span><span className="c-summary">Attributes</span><span className="c-trace">Trace</span></div>
          <div className={`scroller ${list.isError || list.isPlaceholderData ? "old" : ""}`} ref={scroller} tabIndex={-1}>
            <div className="rows" style={{ height: virtual.getTotalSize() }}>
              {items.map((item) => <Row key={item.key} found={rows[item.index]} top={item.start} on={item.index === at} choose={choose} />)}
            </div>
            {rows.length === 0 && list.isPending && <Skeleton rows={12} height={ROW} />}
            {rows.length === 0 && list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
            {rows.length === 0 && list.isSuccess && (
              <State title="No span matches" actions={<><Button onClick={() => apply({ ...NO_SPAN_FILTERS, range: null })}>Look at all times</Button><Link className="btn ghost" to={`/p/${project}/ingest-health`}>Ingest health</Link></>}>
                {spanChips(filters).length + (filters.q === "" ? 0 : 1) > 0 ? "Drop a filter, or look further back." : "None began in this time. A span is sent when it ends."}
              </State>
            )}
          </div>
          <footer className="foot">
            <span><kbd>J</kbd> <kbd>K</kbd> move</span><span><kbd>↵</kbd> open trace</span><span><kbd>/</kbd> search</span><span className="spacer" />
            <span className="num">{list.data && `${duration(list.data.pages[0].took_ms)} · ${count(rows.length)} shown`}</span>
          </footer>
        </section>
        {chosen && <SpanDrawer key={`${trace}/${chosen}`} trace={trace} id={chosen} close={() => choose(null)} move={move}
          filterBy={(key, value, equal) => apply({ ...filters, attribute: [...filters.attribute, `${key}${equal ? "=" : "!="}${value}`] })} />}
      </div>
    </>
  );
}
