// A conversation that is not here: not yet, not any more, or never.
import { useEffect, useState } from "react";
import { Link, useNavigate } from "react-router";
import { get } from "../../api/client";
import { conversationPath, usePage, useRetention, useTombstone } from "../../api/data";
import type { Tombstone } from "../../api/types";
import { Icon } from "../../components/Icon";
import { Top } from "../../components/Shell";
import { Failure, Skeleton, State } from "../../components/states";
import { callTime, day, plural, shortId, started } from "../../lib/format";

const WAIT_SECONDS = 30;
const DAY_MS = 86_400_000;
const MOST_PROJECTS = 20;

function Head({ id }: { id: string }) {
  const { project } = usePage();
  return <Top><Link className="crumb" to={`/p/${project}/conversations`}>Conversations /</Link><h1 className="mono">{shortId(id)}</h1></Top>;
}

/** Looks for the id in the other projects, and goes where it is. */
function Elsewhere({ id }: { id: string }) {
  const { session, project } = usePage();
  const navigate = useNavigate();
  const [looked, setLooked] = useState<"" | "looking" | "nowhere">("");
  const others = session.projects.filter((known) => known.id !== project).slice(0, MOST_PROJECTS);
  if (others.length === 0) return null;
  const look = async () => {
    setLooked("looking");
    for (const other of others) {
      const found = await get(conversationPath(other.id, id)).then(() => true, () => false);
      if (found) return void navigate(`/p/${other.id}/conversations/${id}`);
    }
    setLooked("nowhere");
  };
  if (looked === "nowhere") return <span className="sub" role="status">Not in {plural(others.length, "other project")} either</span>;
  return <button type="button" className="btn" disabled={looked === "looking"} onClick={() => void look()}>Look in all projects</button>;
}

/** An id that nobody knows yet: spans are sent when they end, so it may be on its way. */
export function Waiting({ id, again }: { id: string; again: () => void }) {
  const { session, project } = usePage();
  const [left, setLeft] = useState(WAIT_SECONDS);
  const kept = useRetention(project).data?.days ?? null;
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  const name = session.projects.find((known) => known.id === project)?.name ?? project;
  return (
    <>
      <Head id={id} />
      {left > 0 && (
        <svg className="countdown" viewBox="0 0 48 48" role="timer" aria-label={`${left} seconds left`}>
          <circle cx="24" cy="24" r="20" pathLength={WAIT_SECONDS} />
          <circle className="left" cx="24" cy="24" r="20" pathLength={WAIT_SECONDS} strokeDasharray={`${left} ${WAIT_SECONDS}`} />
          <text x="24" y="28.500" textAnchor="middle">{left}</text>
        </svg>
      )}
      <State title={left > 0 ? "Waiting for this conversation" : `No conversation with this id in ${name}`}
        actions={<><button type="button" className="btn" onClick={() => { setLeft(WAIT_SECONDS); again(); }}>Look again</button><Elsewhere id={id} /><Link className="btn ghost" to={`/p/${project}/settings/ingest`}>Ingest health</Link></>}>
        There is nothing with this id in {name}. Spans are sent when they end, so it may be on its way.
        {kept !== null && ` What began before ${day(Date.now() - kept * DAY_MS)} is deleted here, after ${plural(kept, "day")}.`}
      </State>
    </>
  );
}

function when({ start, deleted }: Tombstone): string {
  const days = Math.floor((deleted - start) / DAY_MS);
  return `${started(deleted)}, ${days === 0 ? "within a day of the call" : `${plural(days, "day")} after the call`}`;
}

/** One that was deleted of late: when it was, and when that was done. */
export function Deleted({ id }: { id: string }) {
  const { project } = usePage();
  const query = useTombstone(project, id);
  if (query.isError) return <><Head id={id} /><Failure error={query.error} retry={() => void query.refetch()} /></>;
  if (!query.data) return <><Head id={id} /><Skeleton rows={3} height={45} /></>;
  const { start, end, turns } = query.data;
  return (
    <>
      <Head id={id} />
      <div className="state-mark"><Icon name="trash" size={20} /></div>
      <State title="This conversation was deleted"
        actions={<><Link className="btn" to={`/p/${project}/conversations`}>Conversations</Link><Link className="btn ghost" to={`/p/${project}/settings/retention`}>Retention</Link></>}>
        <span className="num">{when(query.data)}. It began {started(start)} and took {callTime(end - start)}{turns > 0 && `, with ${plural(turns, "turn")}`}.</span> Its words, recording, scores and comments went with it.
      </State>
    </>
  );
}
