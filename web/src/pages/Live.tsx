// The calls that run now: what needs a look first.
import { useMemo, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useConversations, useLatency, usePage } from "../api/data";
import { useLive } from "../api/live";
import { Button, Reply, Segments, useNow } from "../components/bits";
import { Icon } from "../components/Icon";
import { Top } from "../components/Shell";
import { Failure, State } from "../components/states";
import { ago, callTime, count, plural } from "../lib/format";
import { inGoal } from "../lib/kpis";
import { mergeRows, NO_FILTERS } from "../lib/rows";
import { useKeys } from "../lib/keys";
import { inPlace, type Place, says, trouble } from "../lib/trouble";
import { type Call, Wall } from "./live/Wall";
import { LiveTable } from "./live/LiveTable";

const RUNNING = { ...NO_FILTERS, outcome: ["live"] };
const ENDED = 6;
const FIGURES_MS = 300_000;
/** Cards change places at most so often. */
const RESORT_MS = 2000;
/** More calls are counted and found by the filter: a page of a thousand cards helps nobody. */
const MOST = 100;

function Figures({ running }: { running: number }) {
  const { project } = usePage();
  const { data } = useLatency(project, FIGURES_MS);
  const goal = data ? inGoal(data) : null;
  return (
    <div className="live-figures num">
      <div><span>Running</span><b>{count(running)}</b></div>
      <div><span>Reply p50 · 5 min</span><b><Reply value={data?.reply.p50 ?? null} /></b> <small>goal 800 ms</small></div>
      <div><span>Reply p95 · 5 min</span><b><Reply value={data?.reply.p95 ?? null} /></b> <small>goal 1.20 s</small></div>
      <div><span>Within 1.2 s · 5 min</span><b>{goal === null ? "–" : `${(goal * 100).toFixed(1)} %`}</b> <small>{data && plural(data.reply.count, "reply", "replies")}</small></div>
      <div><span>Barge-ins · 5 min</span><b>{count(data?.interrupted)}</b> <small>{data && plural(data.turns, "turn")}</small></div>
    </div>
  );
}

/** Worst first; places change at most every two seconds, and never under the pointer. */
function useSteady(calls: Call[], held: boolean): Call[] {
  const last = useRef<{ at: number; places: ReadonlyMap<string, Place> }>({ at: 0, places: new Map() });
  const now = Date.now();
  if (!held && now - last.current.at >= RESORT_MS) {
    const sorted = [...calls].sort((a, b) => b.level - a.level || a.row.start - b.row.start);
    last.current = { at: now, places: new Map(sorted.map(({ id, level }, at): [string, Place] => [id, { at, level }])) };
  }
  return inPlace(calls, last.current.places);
}

export function LivePage() {
  const { project, live } = usePage();
  const list = useConversations(project, RUNNING);
  const { conversations, turns, replies } = useLive(live);
  const [held, setHeld] = useState(false);
  const fetched = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  // A fetched row that has ended since came by event as an ended one: it leaves the wall.
  const running = mergeRows(fetched, conversations, RUNNING, null).rows.filter((row) => row.live);
  const ended = [...conversations.values()].filter((row) => !row.live && row.voice).sort((a, b) => (b.end ?? 0) - (a.end ?? 0)).slice(0, ENDED);
  const now = useNow(running.length > 0 || ended.length > 0);
  const calls = useSteady(running.map((row): Call => {
    const turn = turns.get(row.id);
    const { level, reason } = trouble(row, turn, now);
    return { id: row.id, level, reason, row, turn, replies: [...(replies.get(row.id)?.values() ?? [])] };
  }), held);
  const look = calls.filter((call) => call.level > 0);
  const [params, setParams] = useSearchParams();
  const [as, words] = [params.get("as") === "table" ? "table" : "wall", params.get("q") ?? ""];
  const put = (key: string, value: string) => setParams((old) => {
    if (value === "") old.delete(key);
    else old.set(key, value);
    return old;
  }, { replace: true });
  const found = calls.filter((call) => says(call.row, words));
  const shown = found.slice(0, MOST);
  useKeys({ "/": () => document.querySelector<HTMLInputElement>(".search input")?.focus() });
  return (
    <>
      <Top><h1>Live</h1><span className="dim num">{plural(calls.length, "call")} running{look.length > 0 && ` · ${look.length} need${look.length === 1 ? "s" : ""} a look`}</span><span className="spacer" />
        <label className="search live-search"><Icon name="search" size={15} />
          <input type="search" maxLength={100} value={words} placeholder="Filter" aria-label="Filter running calls" onChange={(event) => put("q", event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()} /><kbd>/</kbd></label>
        <Segments label="Running calls as" value={as} onChange={(value) => put("as", value === "table" ? value : "")} options={[["wall", "Wall"], ["table", "Table"]]} /></Top>
      <Figures running={calls.length} />
      <div className="live-page" onPointerOver={(event) => setHeld((event.target as HTMLElement).closest(".call, .live-row") !== null)} onPointerLeave={() => setHeld(false)}>
        {list.isError && fetched.length === 0 && calls.length === 0 && <Failure error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && calls.length === 0 && <State title="No call is running">One that starts appears here by itself.</State>}
        {calls.length > 0 && found.length === 0 && <State title="No running call has this in it" actions={<Button onClick={() => put("q", "")}>Show all {count(calls.length)}</Button>} />}
        {as === "table" && shown.length > 0 && <LiveTable calls={shown} project={project} now={now} />}
        {as === "wall" && (
          <>
            <Wall title="Needs a look" calls={shown.filter((call) => call.level > 0)} project={project} now={now} />
            <Wall title="Going well" calls={shown.filter((call) => call.level === 0)} project={project} now={now} />
          </>
        )}
        {found.length > shown.length && <p className="dim">{count(found.length - shown.length)} more run without trouble; the filter finds them.</p>}
        {ended.length > 0 && (
          <section className="card ended"><header><b>Just ended</b><small className="end">length · ended</small></header>
            {ended.map((row) => (
              <Link key={row.id} to={`/p/${project}/conversations/${row.id}`}>
                <span className={`dot ${row.outcome}`} /><span className="clip">{row.title}</span>
                <span className="end num">{row.end !== null && callTime(row.end - row.start)}</span><span className="num dim">{row.end !== null && ago(row.end, now)}</span>
              </Link>
            ))}
          </section>
        )}
      </div>
    </>
  );
}
