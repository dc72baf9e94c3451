// The calls that run now: what needs a look first.
import { useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useConversations, useLatency, usePage } from "../api/data";
import { useLive } from "../api/live";
import type { Conversation, Turn } from "../api/types";
import { Reply, useNow } from "../components/bits";
import { Icon } from "../components/Icon";
import { Spark } from "../components/Spark";
import { Top } from "../components/Shell";
import { Failure, State } from "../components/states";
import { ago, clock, count, duration, judge, maskCaller, plural } from "../lib/format";
import { inGoal } from "../lib/kpis";
import { mergeRows, NO_FILTERS } from "../lib/rows";
import { doing, inPlace, type Place, trouble } from "../lib/trouble";

const RUNNING = { ...NO_FILTERS, outcome: ["live"] };
const WORDS = { caller: "caller speaks", thinking: "thinking", bot: "bot speaks", quiet: "quiet" };
const ENDED = 6;
const FIGURES_MS = 300_000;
/** Cards change places at most so often. */
const RESORT_MS = 2000;

interface Call { id: string; level: number; reason: string; row: Conversation; turn: Turn | undefined; replies: number[] }

function Card({ call, project, now }: { call: Call; project: string; now: number }) {
  const { row, turn, replies } = call;
  const state = doing(turn);
  const last = replies[replies.length - 1] ?? row.reply_p50;
  const silent = (state.what === "thinking" || state.what === "quiet") && state.since !== null ? ` ${duration(now - state.since)}` : "";
  const facts = [row.caller && maskCaller(row.caller), row.version ?? row.release, row.barge_ins > 0 && plural(row.barge_ins, "barge-in"), row.turns > 0 && `turn ${row.turns}`].filter(Boolean);
  return (
    <Link className={`card call level-${call.level}`} to={`/p/${project}/conversations/${row.id}`}>
      <span className="line"><b className="clip">{row.title}</b><b className="end num">{clock(now - row.start)}</b></span>
      <span className="dim clip facts-line">{facts.join(" · ")}</span>
      {call.level > 0 && <span className={`why ${call.level === 2 ? "bad" : "warn"}`}><Icon name="warn" size={14} /><span className="clip">{call.reason}</span></span>}
      {turn?.user_text && <span className="lane-line caller"><i /><span className="clip">{turn.user_text}</span></span>}
      {turn?.bot_text && <span className="lane-line bot"><i /><span className="clip">{turn.bot_text}{turn.bot_unspoken && <s className="unspoken"> {turn.bot_unspoken}</s>}</span></span>}
      {!turn && <span className="sub clip">{row.last_line}</span>}
      <span className="line bottom num">
        <span className={`pill doing ${state.what}`}>{WORDS[state.what]}{silent}</span>
        {replies.length > 1 && <Spark values={replies} tone={judge(last)} />}
        <span className="end" title="last reply">{last !== null && <Reply value={last} />}</span>
      </span>
    </Link>
  );
}

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

function Wall({ title, calls, project, now }: { title: string; calls: Call[]; project: string; now: number }) {
  if (calls.length === 0) return null;
  return (
    <>
      <h2>{title} <span className="dim num">{calls.length}</span></h2>
      <div className="wall">{calls.map((call) => <Card key={call.id} call={call} project={project} now={now} />)}</div>
    </>
  );
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
  return (
    <>
      <Top><h1>Live</h1><span className="dim num">{plural(calls.length, "call")} running{look.length > 0 && ` · ${look.length} need${look.length === 1 ? "s" : ""} a look`}</span></Top>
      <Figures running={calls.length} />
      <div className="live-page" onPointerOver={(event) => setHeld((event.target as HTMLElement).closest(".call") !== null)} onPointerLeave={() => setHeld(false)}>
        {list.isError && fetched.length === 0 && calls.length === 0 && <Failure error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && calls.length === 0 && <State title="No call is running">One that starts appears here by itself.</State>}
        <Wall title="Needs a look" calls={look} project={project} now={now} />
        <Wall title="Going well" calls={calls.filter((call) => call.level === 0)} project={project} now={now} />
        {ended.length > 0 && (
          <section className="card ended"><header><b>Just ended</b><small className="end">length · ended</small></header>
            {ended.map((row) => (
              <Link key={row.id} to={`/p/${project}/conversations/${row.id}`}>
                <span className={`dot ${row.outcome}`} /><span className="clip">{row.title}</span>
                <span className="end num">{row.end !== null && clock(row.end - row.start)}</span><span className="num dim">{row.end !== null && ago(row.end, now)}</span>
              </Link>
            ))}
          </section>
        )}
      </div>
    </>
  );
}
