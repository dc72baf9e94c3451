// The list of conversations: what was fetched and what came by event, one list.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useConversations, useFacets, usePage } from "../api/data";
import { useLive } from "../api/live";
import { Button, Modal, useNow, useWidth } from "../components/bits";
import { Choice } from "../components/Choice";
import { Top } from "../components/Shell";
import { Failure, FailureBar, Skeleton, State } from "../components/states";
import { useRows } from "../components/useRows";
import { count, plural } from "../lib/format";
import { CHOICES, fitting, readColumns, template, writeColumns } from "../lib/columns";
import { useKeys } from "../lib/keys";
import { type Chip, chips, type Filters, fromParams, mergeRows, NO_FILTERS, toParams } from "../lib/rows";
import { FacetColumn } from "./list/Facets";
import { HistogramBar } from "./list/HistogramBar";
import { FirstRun } from "./FirstRun";
import { Heads, Row } from "./list/Row";
import { Peek } from "./list/Peek";
import { QuickFilters } from "./list/QuickFilters";
import { SavedViews } from "./list/SavedViews";
import { SelectionBar } from "./list/SelectionBar";
import { SearchBar } from "./list/SearchBar";
import { SearchedBack } from "./list/SearchedBack";
import { TimeSelect } from "./list/TimeSelect";

const ROW = 45;
const ROW_NARROW = 118;
const AT_TOP = 4;

const KEYS = <><span><kbd>J</kbd> <kbd>K</kbd> move</span><span><kbd>↵</kbd> open</span><span><kbd>␣</kbd> peek</span><span><kbd>X</kbd> select</span><span><kbd>C</kbd> compare two</span><span><kbd>/</kbd> search</span><span><kbd>?</kbd> all keys</span></>;

const isNarrow = () => matchMedia("(max-width: 719px)").matches;

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(isNarrow);
  useEffect(() => {
    const query = matchMedia("(max-width: 719px)");
    const change = () => setNarrow(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return narrow;
}

/** The columns that were chosen, and those of them that fit. */
function useColumns(scored: boolean) {
  const [ref, width] = useWidth<HTMLElement>();
  const [chosen, setChosen] = useState(readColumns);
  const columns = useMemo(() => fitting(chosen, width, scored), [chosen, width, scored]);
  const choose = (keys: string[]) => {
    const next = CHOICES.map(([key]) => key).filter((key) => keys.includes(key));
    setChosen(next);
    writeColumns(next);
  };
  return { ref, chosen, choose, columns };
}

/** The ids that may be shown: all while the reader is at the top, else those of that moment. */
function useAdmitted(ids: Iterable<string>): { admitted: ReadonlySet<string> | null; scrolled: (top: number) => void; admitAll: () => void } {
  const [admitted, setAdmitted] = useState<ReadonlySet<string> | null>(null);
  const latest = useRef(ids);
  latest.current = ids;
  const scrolled = useCallback((top: number) => {
    setAdmitted((now) => (top <= AT_TOP ? null : (now ?? new Set(latest.current))));
  }, []);
  return { admitted, scrolled, admitAll: () => setAdmitted(null) };
}

/** How many there would be without one of the filters. */
function Drop({ chip, apply }: { chip: Chip; apply: (filters: Filters) => void }) {
  const { project } = usePage();
  const { data } = useFacets(project, chip.without);
  return (
    <Button small icon="cross" onClick={() => apply(chip.without)}>
      <span className="sub">{chip.name}</span> {chip.value} {data && <b className="acc num">{count(data.total)}</b>}
    </Button>
  );
}

function NoMatch({ filters, apply }: { filters: Filters; apply: (filters: Filters) => void }) {
  const set = chips(filters);
  return (
    <State title={set.length > 1 ? `No conversation matches all ${set.length} filters` : "No conversation matches"}
      actions={<Button tone="ghost" onClick={() => apply(NO_FILTERS)}>Clear all filters</Button>}>
      Drop one to see what it hides.
      <span className="drops">
        {set.map((chip) => <Drop key={chip.key + chip.value} chip={chip} apply={apply} />)}
      </span>
    </State>
  );
}

export function Conversations() {
  const { session, project } = usePage();
  if (!session.has_traces) return <FirstRun session={session} project={project} />;
  return <List />;
}

function List() {
  const { project, live } = usePage();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => fromParams(params), [params]);
  const peek = params.get("peek");
  const set = useCallback((next: Filters, shown: string | null) => setParams(shown === null ? toParams(next) : [...toParams(next), ["peek", shown]], { replace: true }), [setParams]);
  const apply = useCallback((next: Filters) => set(next, peek), [set, peek]);

  const list = useConversations(project, filters);
  const { conversations } = useLive(live);
  // What was there stays when the next answer is an error.
  const kept = useRef(list.data);
  if (list.data) kept.current = list.data;
  const data = list.data ?? kept.current;
  const fetched = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data]);
  const { admitted, scrolled, admitAll } = useAdmitted(conversations.keys());
  const { rows, waiting, pushed } = useMemo(() => mergeRows(fetched, conversations, filters, admitted, list.hasNextPage), [fetched, conversations, filters, admitted, list.hasNextPage]);

  // A search that took long stops, and goes on when it is told to.
  const stopped = data?.pages.at(-1)?.searched_from ?? null;
  const isRanked = filters.sort !== "";
  const narrow = useNarrow();
  const { chosen, choose, columns, ref: section } = useColumns(useMemo(() => rows.some((row) => row.scores.length > 0), [rows]));
  const now = useNow(rows.some((row) => row.live));
  const { scroller, virtual, items, step } = useRows(rows, (row) => row.id, narrow ? ROW_NARROW : ROW, {
    hasNextPage: list.hasNextPage && (stopped === null || isRanked), isFetchingNextPage: list.isFetchingNextPage, isError: list.isError, fetchNextPage: list.fetchNextPage,
  });

  const [selected, setSelected] = useState<string | null>(null);
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const [facets, setFacets] = useState(false);
  const check = (id: string) => setChecked((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const move = (by: number) => {
    const row = step(selected, by);
    if (row === null) return;
    setSelected(row.id);
    if (peek !== null) set(filters, row.id);
  };
  const compare = () => {
    const [a, b] = rows.filter((row) => checked.has(row.id)).reverse();
    if (a && b) void navigate(`/p/${project}/compare?a=${a.id}&b=${b.id}`);
  };
  const open = (id: string) => void navigate(`/p/${project}/conversations/${id}`);
  // One listener for all rows: a router's link in each of them is dear while they are scrolled through.
  const openClicked = (event: React.MouseEvent) => {
    const link = (event.target as Element).closest<HTMLElement>("a[data-id]");
    if (link === null || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if ((event.target as Element).closest("[data-tick]")) check(link.dataset.id!);
    else open(link.dataset.id!);
  };
  useKeys({
    j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
    Enter: () => (selected ?? peek) && open(selected ?? peek!),
    " ": () => (peek !== null ? set(filters, null) : selected && set(filters, selected)),
    x: () => selected && check(selected),
    c: () => checked.size === 2 && compare(),
    Escape: () => (peek !== null ? set(filters, null) : setChecked(new Set())),
    "/": () => document.querySelector<HTMLInputElement>(".search input")?.focus(),
  });
  const gone = () => {
    setChecked(new Set());
    if (peek !== null && checked.has(peek)) set(filters, null);
  };
  const toTop = () => {
    admitAll();
    scroller.current?.scrollTo({ top: 0 });
  };

  const total = list.data?.pages[0]?.total;
  const active = chips(filters).length;
  // The same elements while rows pass: what stands around the rows is not drawn anew with each of them.
  const { facetColumn, search, histogram, views } = useMemo(() => ({
    facetColumn: <FacetColumn filters={filters} apply={apply} />,
    search: <SearchBar filters={filters} apply={apply} />,
    histogram: <HistogramBar filters={filters} apply={apply} />,
    views: <><TimeSelect filters={filters} apply={apply} /><SavedViews project={project} filters={filters} apply={apply} /></>,
  }), [project, filters, apply]);
  const templated = useMemo(() => ({ "--columns": template(columns) }) as React.CSSProperties, [columns]);
  return (
    <>
      <Top>
        <h1>Conversations</h1>
        <span className="dim num">{total != null && `${count(Math.max(total, rows.length))}${active > 0 ? " in selection" : ""}${stopped === null ? "" : " so far"}`}</span>
        <span className="spacer" />
        {views}
        <span className="only-medium"><Button icon="filter" onClick={() => setFacets(true)}>Filters{active > 0 && <b className="num">{active}</b>}</Button></span>
      </Top>
      <div className={`list-page ${peek !== null ? "peeking" : ""}`}>
        <aside className="facets" aria-label="Filters">{facetColumn}</aside>
        <section className="list" ref={section}>
          <div className="list-tools">
            {search}
            <span className="hide-narrow"><Choice name="Columns" options={CHOICES} chosen={chosen} change={choose} short={`${chosen.length}`} /></span>
          </div>
          <QuickFilters filters={filters} apply={apply} />
          {histogram}
          {list.isError && rows.length > 0 && <FailureBar error={list.error} retry={() => void list.refetch()} />}
          {waiting > 0 && (
            <button type="button" className="new-chip" onClick={toTop}>{waiting} new <span className="mirror">↑</span></button>
          )}
          <div className={`scroller ${list.isError || list.isPlaceholderData ? "old" : ""}`} ref={scroller} tabIndex={-1}
            onScroll={(event) => scrolled(event.currentTarget.scrollTop)}>
            <div className="table" style={templated} role={narrow ? undefined : "table"} aria-label={narrow ? undefined : "Conversations"}>
              {!narrow && <Heads columns={columns} sort={filters.sort} turn={(sort) => apply({ ...filters, sort })} />}
              <div className="rows" role={narrow ? undefined : "rowgroup"} style={{ height: virtual.getTotalSize() }} onClick={openClicked}>
                {items.map((item) => (
                  <Row key={item.key} row={rows[item.index]} top={item.start} now={now} narrow={narrow} columns={columns} fresh={pushed.has(rows[item.index].id)}
                    to={`/p/${project}/conversations/${rows[item.index].id}`} selected={rows[item.index].id === selected} checked={checked.has(rows[item.index].id)} />
                ))}
              </div>
            </div>
            {rows.length === 0 && list.isPending && <Skeleton rows={10} height={ROW} />}
            {rows.length === 0 && list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
            {stopped !== null && <SearchedBack to={stopped} found={rows.length} busy={list.isFetchingNextPage} go={isRanked ? null : () => void list.fetchNextPage()} />}
            {rows.length === 0 && list.isSuccess && active > 0 && stopped === null && (
              <NoMatch filters={filters} apply={apply} />
            )}
            {rows.length === 0 && list.isSuccess && active === 0 && (
              <State title="No conversation is kept here">What was here is deleted. New ones appear by themselves.</State>
            )}
          </div>
          {checked.size > 0 ? <SelectionBar rows={rows.filter((row) => checked.has(row.id))} compare={compare} clear={() => setChecked(new Set())} gone={gone} /> : <footer className="foot">
            {KEYS}
            <span className="spacer" />
            <span className="num">{list.data && `${Math.round(list.data.pages[0].took_ms)} ms · ${plural(rows.length, "row")} of ${count(Math.max(total ?? 0, rows.length))}`}</span>
          </footer>}
        </section>
        {peek !== null && <Peek key={peek} id={peek} known={rows.find((row) => row.id === peek)} now={now} close={() => set(filters, null)} move={move} />}
      </div>
      {facets && <Modal label="Filters" className="drawer" onClose={() => setFacets(false)}>{facetColumn}</Modal>}
    </>
  );
}
