// Sessions and callers: a list of each, and all calls of one on one axis with their words.
import { memo, useEffect, useMemo, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { useConversations, usePage, useTurnsOfCalls } from "../api/data";
import { useGroups } from "../api/lists";
import type { CallGroup } from "../api/types";
import { Reply } from "../components/bits";
import { Icon } from "../components/Icon";
import { Newer } from "../components/Newer";
import { Top } from "../components/Shell";
import { Failure, FailureBar, Skeleton, State } from "../components/states";
import { useRows } from "../components/useRows";
import { askedAgain } from "../lib/asked";
import { clock, count, maskCaller, money, plural, startedShort, timeTitle } from "../lib/format";
import { useKeys } from "../lib/keys";
import { NO_FILTERS } from "../lib/rows";
import { CallAxis } from "./groups/CallAxis";
import { GroupFacts } from "./groups/GroupFacts";
import { GroupSide } from "./groups/GroupSide";
import { MergedTranscript } from "./groups/MergedTranscript";

const ROW = 45;
const PAUSE_MS = 200;

export type What = "sessions" | "callers";
const WORDS = {
  sessions: { title: "Sessions", one: "session", many: "sessions", why: "A session holds the calls whose spans say the same session.id (or langfuse.session.id)." },
  callers: { title: "Callers", one: "caller", many: "callers", why: "A caller is known by user.id (or langfuse.user.id) on the spans of the call." },
};

const shown = (what: What, id: string) => (what === "callers" ? maskCaller(id) : id);

const Row = memo(function Row({ group, what, to, top, on }: { group: CallGroup; what: What; to: string; top: number; on: boolean }) {
  return (
    <Link to={to} role="row" className={`row group-row ${on ? "selected" : ""}`} data-group={group.id} style={{ transform: `translateY(${top}px)` }}>
      <span role="cell" className="num sub" title={timeTitle(group.last)}>{startedShort(group.last)}</span>
      <span role="cell" className="naming"><b className="clip">{shown(what, group.id)}</b><small className="clip">{group.last_line}</small></span>
      <span role="cell" className="r num">{count(group.calls)}</span>
      <span role="cell" className="r num sub c-p50">{group.turns === 0 ? "–" : count(group.turns)}</span>
      <span role="cell" className="r num">{clock(group.length)}</span>
      <span role="cell" className="r num c-p50">{group.reply_max === null ? <span className="dim">–</span> : <Reply value={group.reply_max} />}</span>
      <span role="cell" className={`r num c-barge ${group.barge_ins === 0 ? "dim" : ""}`}>{count(group.barge_ins)}</span>
      <span role="cell" className={`r num c-barge ${group.errors === 0 ? "dim" : "bad"}`}>{count(group.errors)}</span>
      <span role="cell" className="r num sub c-cost">{group.cost === null ? <span className="dim">–</span> : money(group.cost)}</span>
    </Link>
  );
});

function GroupList({ what }: { what: What }) {
  const { project } = usePage();
  const words = WORDS[what];
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const wanted = params.get("q") ?? "";
  const [text, setText] = useState(wanted);
  useEffect(() => {
    if (text === wanted) return;
    const timer = setTimeout(() => setParams(text === "" ? {} : { q: text }, { replace: true }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const list = useGroups(project, what, wanted);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const { scroller, virtual, items, step } = useRows(rows, (group) => group.id, ROW, list);
  const [selected, setSelected] = useState<string | null>(null);
  const address = (id: string) => `/p/${project}/${what}/${encodeURIComponent(id)}`;
  const move = (by: number) => setSelected(step(selected, by)?.id ?? null);
  useKeys({
    j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1),
    Enter: () => selected !== null && void navigate(address(selected)),
    "/": () => document.querySelector<HTMLInputElement>(".search input")?.focus(),
  });
  const total = list.data?.pages[0]?.total;
  return (
    <>
      <Top><h1>{words.title}</h1><span className="dim num">{total != null && count(total)}</span></Top>
      <section className="list group-list">
        <div className="search-bar"><label className="search"><Icon name="search" size={15} />
          <input type="search" maxLength={100} value={text} placeholder={`Search ${words.many}`} aria-label={`Search ${words.many}`} onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()} /><kbd>/</kbd></label></div>
        {list.isError && rows.length > 0 && <FailureBar error={list.error} retry={() => void list.refetch()} />}
        <Newer what="calls" at={list.dataUpdatedAt} look={() => void list.refetch()} />
        <div className={`scroller ${list.isError || list.isPlaceholderData ? "old" : ""}`} ref={scroller} tabIndex={-1}>
          <div className="table" role="table" aria-label={words.title}>
            <div className="heads group-row" role="row">
              <span role="columnheader">Last call ↓</span><span role="columnheader">{words.one === "caller" ? "Caller" : "Session"}</span><span role="columnheader" className="r">Calls</span>
              <span role="columnheader" className="r c-p50">Turns</span><span role="columnheader" className="r">Length</span><span role="columnheader" className="r c-p50">Slowest reply</span>
              <span role="columnheader" className="r c-barge">Barge-ins</span><span role="columnheader" className="r c-barge">Errors</span><span role="columnheader" className="r c-cost">Cost</span>
            </div>
            <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
              {items.map((item) => <Row key={item.key} group={rows[item.index]} what={what} top={item.start} to={address(rows[item.index].id)} on={rows[item.index].id === selected} />)}
            </div>
          </div>
          {rows.length === 0 && list.isPending && <Skeleton rows={10} height={ROW} />}
          {rows.length === 0 && list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
          {rows.length === 0 && list.isSuccess && (wanted === ""
            ? <State title={`No ${words.one} is named yet`} actions={<Link className="btn" to={`/p/${project}/conversations`}>Conversations</Link>}>{words.why}</State>
            : <State title={`No ${words.one} has this in its name`} actions={<button type="button" className="btn" onClick={() => setText("")}>Show all</button>} />)}
        </div>
        <footer className="foot"><span><kbd>J</kbd> <kbd>K</kbd> move</span><span><kbd>↵</kbd> open</span><span><kbd>/</kbd> search</span></footer>
      </section>
    </>
  );
}

export const SessionsPage = () => <GroupList what="sessions" />;
export const CallersPage = () => <GroupList what="callers" />;

/** Of the newest so many it is looked at what was asked again. */
const ASKED_OF = 20;

/** All calls of one session or caller: the newest hundred, oldest first. */
export function GroupPage({ what }: { what: What }) {
  const { project } = usePage();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const list = useConversations(project, { ...NO_FILTERS, [what === "sessions" ? "session" : "caller"]: id });
  const calls = useMemo(() => [...(list.data?.pages[0]?.rows ?? [])].reverse(), [list.data]);
  const [chosen, setChosen] = useState<string | null>(null);
  const choose = (call: string) => { setChosen(call); document.getElementById(`call-${call}`)?.scrollIntoView({ block: "start" }); };
  const turns = useTurnsOfCalls(project, useMemo(() => calls.slice(-ASKED_OF).map((row) => row.id), [calls]));
  const asked = useMemo(() => askedAgain(calls.map((row, index) => ({ id: row.id, number: index + 1, turns: turns.get(row.id) ?? [] }))), [calls, turns]);
  const again = useMemo(() => new Set(asked.flatMap((wish) => wish.turns)), [asked]);
  useKeys({ Escape: () => void navigate(`/p/${project}/${what}`) });
  const words = WORDS[what];
  const total = list.data?.pages[0]?.total ?? 0;
  return (
    <>
      <Top>
        <Link className="crumb back" aria-label={words.title} to={`/p/${project}/${what}`}><Icon name="left" size={20} /><span>{words.title} /</span></Link>
        <h1 className="clip">{shown(what, id)}</h1>
        {what === "callers" && maskCaller(id) !== id && <span className="pill hide-narrow">number is masked</span>}
        <span className="spacer" />
        <Link className="btn" to={`/p/${project}/conversations?${new URLSearchParams({ [what === "sessions" ? "session" : "caller"]: id })}`}>Show in list</Link>
      </Top>
      {list.isPending && <Skeleton rows={10} height={ROW} />}
      {list.isError && calls.length === 0 && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && calls.length === 0 && (
        <State title={`No call of this ${words.one} is kept`} actions={<Link className="btn" to={`/p/${project}/${what}`}>{words.title}</Link>}>It was deleted, or its spans are still on their way: they are sent when they end.</State>
      )}
      {calls.length > 0 && (
        <div className="group-page">
          <GroupFacts calls={calls} total={total} />
          <CallAxis calls={calls} chosen={chosen} choose={choose} />
          <div className="group-halves">
            <MergedTranscript calls={calls} again={again} />
            <GroupSide calls={calls} asked={asked} go={choose} />
          </div>
          {total > calls.length && <p className="dim none">The newest {plural(calls.length, "call")} of {count(total)}; the list has all.</p>}
        </div>
      )}
    </>
  );
}
