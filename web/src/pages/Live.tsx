// The calls that run now: what needs a look first.
import { useMemo } from "react";
import { Link } from "react-router";
import { useConversations, usePage } from "../api/data";
import { useLive } from "../api/live";
import type { Conversation, Turn } from "../api/types";
import { Pill, Reply, useNow } from "../components/bits";
import { Icon } from "../components/Icon";
import { Top } from "../components/Shell";
import { Failure, State } from "../components/states";
import { Strip } from "../components/Strip";
import { clock, duration, maskCaller, plural } from "../lib/format";
import { mergeRows, NO_FILTERS } from "../lib/rows";
import { doing, type Trouble, trouble } from "../lib/trouble";

const RUNNING = { ...NO_FILTERS, outcome: ["live"] };
const WORDS = { caller: "caller speaks", thinking: "thinking", bot: "bot speaks", quiet: "quiet" };
const ENDED = 6;

interface Call { row: Conversation; turn: Turn | undefined; trouble: Trouble }

function Card({ call, project, now }: { call: Call; project: string; now: number }) {
  const { row, turn } = call;
  const state = doing(turn);
  return (
    <Link className={`card call level-${call.trouble.level}`} to={`/p/${project}/conversations/${row.id}`}>
      <span className="line"><b className="clip">{row.title}</b>{row.caller && <span className="dim">{maskCaller(row.caller)}</span>}<b className="end num">{clock(now - row.start)}</b></span>
      {call.trouble.level > 0 && <span className={`why ${call.trouble.level === 2 ? "bad" : "warn"}`}><Icon name="warn" size={14} />{call.trouble.reason}</span>}
      {turn?.user_text && <span className="lane-line caller"><i /><span className="clip">{turn.user_text}</span></span>}
      {turn?.bot_text && <span className="lane-line bot"><i /><span className="clip">{turn.bot_text}</span></span>}
      {!turn && <span className="sub clip">{row.last_line}</span>}
      <Strip row={row} width={240} now={now} />
      <span className="line sub num">
        <Pill>{WORDS[state.what]}{state.what === "thinking" && state.since !== null ? ` ${duration(now - state.since)}` : ""}</Pill>
        <span className="end">{row.reply_p50 !== null && <Reply value={row.reply_p50} />}</span>
        <span className="dim">{plural(row.turns, "turn")}</span>
      </span>
    </Link>
  );
}

export function LivePage() {
  const { project, live } = usePage();
  const list = useConversations(project, RUNNING);
  const { conversations, turns } = useLive(live);
  const fetched = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  // A fetched row that has ended since came by event as an ended one: it leaves the wall.
  const running = mergeRows(fetched, conversations, RUNNING, null).rows.filter((row) => row.live);
  const now = useNow(running.length > 0);
  const calls = running
    .map((row): Call => ({ row, turn: turns.get(row.id), trouble: trouble(row, turns.get(row.id), now) }))
    .sort((a, b) => b.trouble.level - a.trouble.level || a.row.start - b.row.start);
  const look = calls.filter((call) => call.trouble.level > 0);
  const well = calls.filter((call) => call.trouble.level === 0);
  const ended = [...conversations.values()].filter((row) => !row.live && row.voice).sort((a, b) => (b.end ?? 0) - (a.end ?? 0)).slice(0, ENDED);
  return (
    <>
      <Top><h1>Live</h1><span className="dim num">{plural(calls.length, "call")} running{look.length > 0 && ` · ${look.length} need${look.length === 1 ? "s" : ""} a look`}</span></Top>
      <div className="live-page">
        {list.isError && fetched.length === 0 && calls.length === 0 && <Failure error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && calls.length === 0 && <State title="No call is running">One that starts appears here by itself.</State>}
        {look.length > 0 && <h2>Needs a look <span className="dim num">{look.length}</span></h2>}
        {look.length > 0 && <div className="wall">{look.map((call) => <Card key={call.row.id} call={call} project={project} now={now} />)}</div>}
        {well.length > 0 && <h2>Going well <span className="dim num">{well.length}</span></h2>}
        {well.length > 0 && <div className="wall">{well.map((call) => <Card key={call.row.id} call={call} project={project} now={now} />)}</div>}
        {ended.length > 0 && (
          <section className="card ended"><header><b>Just ended</b><small>since this page was opened</small></header>
            {ended.map((row) => <Link key={row.id} to={`/p/${project}/conversations/${row.id}`}><span className={`dot ${row.outcome}`} /><span className="clip">{row.title}</span><span className="end num">{row.end !== null && clock(row.end - row.start)}</span></Link>)}
          </section>
        )}
      </div>
    </>
  );
}
