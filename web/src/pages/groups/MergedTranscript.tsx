// What was said in all calls, one after the other; the turns of a call are asked for when it comes into view.
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useConversation, usePage } from "../../api/data";
import type { Conversation, Turn } from "../../api/types";
import { Pill, Reply } from "../../components/bits";
import { Failure, Skeleton } from "../../components/states";
import { turnKey } from "../../lib/asked";
import { callTime, clock, startedShort } from "../../lib/format";
import { callLength, pause } from "../../lib/groups";

/** Turns of a call that are shown at once. */
const FIRST = 40;

function TurnLines({ turn, start, to, again }: { turn: Turn; start: number; to: string; again: boolean }) {
  return (
    <Link className="merged-turn" to={to}>
      <span className="dim num">{clock((turn.user_from ?? turn.start) - start)}</span>
      <span className="merged-lines">
        {turn.user_text && <span className="lane-line caller"><i /><span dir="auto">{again ? <mark className="again" title="asked in another call, too">{turn.user_text}</mark> : turn.user_text}</span></span>}
        <span className="pills">
          {turn.reply !== null && <span className="pill"><Reply value={turn.reply} /></span>}
          {turn.interrupted && <Pill tone="bad">cut</Pill>}
          {turn.errors.length > 0 && <Pill tone="bad">error</Pill>}
          {turn.tools.map((tool, index) => <Pill key={index} tone={tool.error ? "bad" : "plain"}>{tool.name}</Pill>)}
        </span>
        {turn.bot_text && <span className="lane-line bot"><i /><span dir="auto">{turn.bot_text} {turn.bot_unspoken && <s className="dim">{turn.bot_unspoken}</s>}</span></span>}
      </span>
    </Link>
  );
}

/** The words of a call, turn by turn; `again`: the turns that ask what another call asked, by turnKey. */
export function Words({ row, again }: { row: Conversation; again?: ReadonlySet<string> }) {
  const { project } = usePage();
  const query = useConversation(project, row.id);
  const [all, setAll] = useState(false);
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton rows={Math.min(4, row.turns || 1)} height={45} />;
  const turns = query.data.turns.filter((turn) => turn.user_text !== null || turn.bot_text !== null);
  if (turns.length === 0) return <p className="dim none">{row.voice ? "No words of this call were sent." : "Not a voice call."}</p>;
  return (
    <>
      {(all ? turns : turns.slice(0, FIRST)).map((turn) => <TurnLines key={turn.span_id} turn={turn} start={row.start} to={`/p/${project}/conversations/${row.id}?turn=${turn.number}`} again={again?.has(turnKey(row.id, turn.span_id)) ?? false} />)}
      {!all && turns.length > FIRST && <button type="button" className="btn small" onClick={() => setAll(true)}>Show {turns.length - FIRST} more turns</button>}
    </>
  );
}

function Call({ row, before, number, again }: { row: Conversation; before: Conversation | undefined; number: number; again: ReadonlySet<string> }) {
  const { project } = usePage();
  const ref = useRef<HTMLElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && setNear(true), { rootMargin: "300px" });
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return (
    <section ref={ref} id={`call-${row.id}`} className="merged-call">
      <h2><span className={`number ${row.outcome}`}>{number}</span><Link to={`/p/${project}/conversations/${row.id}`} className="clip">{row.title}</Link>
        <span className="sub num">{startedShort(row.start)}</span><span className="dim num hide-narrow">{callTime(callLength(row))}{before && ` · ${pause(row.start - before.start - callLength(before)).join(" ")} later`}</span></h2>
      {near && <Words row={row} again={again} />}
    </section>
  );
}

export function MergedTranscript({ calls, again }: { calls: Conversation[]; again: ReadonlySet<string> }) {
  return <div className="merged">{calls.map((row, index) => <Call key={row.id} row={row} before={calls[index - 1]} number={index + 1} again={again} />)}</div>;
}
