// One conversation: facts, lanes, transcript, and the chosen turn with its spans.
import { useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { ApiError } from "../api/client";
import { useConversation, useConversations, usePage } from "../api/data";
import type { Conversation, ConversationDetail, Turn } from "../api/types";
import { CopyButton, Pill, Segments, useNow } from "../components/bits";
import { Icon } from "../components/Icon";
import { Top } from "../components/Shell";
import { Failure, FailureBar, Skeleton, State } from "../components/states";
import { ago, plural, shortId } from "../lib/format";
import { useKeys } from "../lib/keys";
import { NO_FILTERS } from "../lib/rows";
import { Facts } from "./conversation/Facts";
import { NotesPane } from "./conversation/NotesPane";
import { LanesView } from "./conversation/LanesView";
import { Deleted, Waiting } from "./conversation/Missing";
import { usePlayerKeys } from "./conversation/playerKeys";
import { usePlayer } from "./conversation/usePlayer";
import { Timeline, TraceView } from "./conversation/TraceView";
import { Transcript } from "./conversation/Transcript";
import { TurnPane } from "./conversation/TurnPane";

function Head({ row }: { row: Conversation }) {
  const { project } = usePage();
  return (
    <Top>
      <Link className="crumb back" aria-label={row.voice ? "Conversations" : "Traces"} to={`/p/${project}/conversations`}><Icon name="left" size={20} /><span>{row.voice ? "Conversations" : "Traces"} /</span></Link>
      <h1 className="clip">{row.title}</h1>
      <span className="mono dim hide-narrow" title={row.id}>{shortId(row.id)}</span>
      <CopyButton text={row.id} label="Copy the trace id" />
      {row.live && <Pill tone="good"><span className="dot good pulse" />live</Pill>}
      {!row.live && row.outcome === "error" && <Pill tone="bad">error</Pill>}
      {!row.live && row.outcome === "warning" && <Pill tone="warn">warning</Pill>}
      {!row.live && row.root_missing && <Pill tone="warn">open or cut off</Pill>}
      {!row.live && row.outcome === "ok" && !row.root_missing && <Pill tone="good">ended</Pill>}
      {!row.voice && <Pill>not a voice call</Pill>}
      <span className="spacer" />
    </Top>
  );
}

function RootMissing({ row }: { row: Conversation }) {
  if (!row.root_missing || row.live) return null;
  return (
    <div className="banner warn" role="status">
      <Icon name="warn" />
      <span><b>The conversation span has not arrived.</b> The call still runs, or the sender stopped before it could send the last spans. Totals are of what is here: <span className="num">{row.turns > 0 && `${plural(row.turns, "turn")}, `}{plural(row.spans, "span")}{row.end !== null && `, the newest ${ago(row.end)}`}.</span></span>
    </div>
  );
}

/** The turn that the address names, else the slowest, else the first. */
function chosenTurn(turns: Turn[], number: string | null): Turn | null {
  const named = turns.find((turn) => String(turn.number) === number);
  if (named) return named;
  const slowest = turns.reduce<Turn | null>((worst, turn) => ((turn.reply ?? -1) > (worst?.reply ?? -1) ? turn : worst), null);
  return slowest ?? turns[0] ?? null;
}

const TABS: ["transcript" | "timeline" | "notes", string][] = [["transcript", "Transcript"], ["timeline", "Timeline"], ["notes", "Scores & comments"]];

function VoiceView({ detail }: { detail: ConversationDetail }) {
  const { conversation: row, turns } = detail;
  const [params, setParams] = useSearchParams();
  const [sheet, setSheet] = useState(false);
  const now = useNow(row.live);
  const turn = chosenTurn(turns, params.get("turn"));
  const tab = TABS.find(([name]) => name === params.get("tab"))?.[0] ?? "transcript";
  const set = (changes: Record<string, string | null>) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      for (const [key, value] of Object.entries(changes)) value === null ? next.delete(key) : next.set(key, value);
      return next;
    }, { replace: true });
  const choose = (number: number) => {
    set({ turn: String(number), span: null });
    setSheet(true);
  };
  const step = (by: number) => {
    const at = turns.findIndex((known) => known === turn);
    const next = turns[Math.min(turns.length - 1, Math.max(0, at + by))];
    if (next) set({ turn: String(next.number), span: null });
  };
  const player = usePlayer(row);
  const { skipping, skip } = usePlayerKeys(player, turns, row, params.get("t"), (t) => set({ t }));
  const [writing, setWriting] = useState(0);
  const [find, setFind] = useState<string | null>(null);
  const annotate = () => {
    setWriting((times) => times + 1);
    set({ tab: "notes" });
  };
  const openFind = () => {
    set({ tab: null });
    setFind((old) => old ?? "");
  };
  useKeys({ "[": () => step(-1), "]": () => step(1), a: annotate, "/": openFind });
  return (
    <>
      <LanesView turns={turns} row={row} now={now} chosen={turn?.number ?? null} choose={choose} player={player} skipping={skipping} skip={skip} />
      <div className="halves">
        <section className="left-half">
          <div className="half-head">
            <Segments label="View" value={tab} options={TABS}
              onChange={(value) => set({ tab: value === "transcript" ? null : value })} />
            <span className="spacer" />
            {tab === "transcript" && <button type="button" className="btn small ghost" aria-label="Find in the transcript" title="Find in the transcript (/)" onClick={openFind}><Icon name="search" size={15} /></button>}
          </div>
          {tab === "transcript" && find !== null && (
            <label className="search find-row"><Icon name="search" size={15} />
              <input type="search" autoFocus maxLength={100} placeholder="Find in the transcript" aria-label="Words in the transcript" value={find} onChange={(event) => setFind(event.target.value)}
                onKeyDown={(event) => event.key === "Escape" && setFind(null)} /></label>
          )}
          {tab === "notes" ? (
            <NotesPane writing={writing} id={row.id} start={row.start} turn={turn} deck={player.deck} go={(at) => {
              player.deck?.seek(at);
              const there = turns.findLast((known) => known.start - row.start <= at + 1);
              set({ turn: there ? String(there.number) : params.get("turn") });
            }} />
          ) : tab === "transcript" ? (
            <Transcript turns={turns} find={find ?? ""} start={row.start} chosen={turn?.number ?? null} choose={choose} live={row.live} deck={player.deck} />
          ) : (
            <Timeline row={row} tooMany={detail.spans_too_many} now={now} chosen={params.get("span")} choose={(span) => set({ span })} />
          )}
        </section>
        <section className={`right-half ${sheet ? "open" : ""}`} aria-label="Turn">
          <button type="button" className="sheet-handle" aria-label="Close" onClick={() => setSheet(false)} />
          {turn ? (
            <TurnPane row={row} turn={turn} turns={turns} now={now} span={params.get("span")} chooseSpan={(span) => set({ span })} step={step} />
          ) : (
            <State title="No turn yet">The first one appears here as soon as somebody speaks.</State>
          )}
        </section>
      </div>
    </>
  );
}

export function ConversationPage() {
  const { project } = usePage();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const query = useConversation(project, id);
  const list = useConversations(project, NO_FILTERS);
  const step = (by: number) => {
    const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
    const next = rows[rows.findIndex((row) => row.id === id) + by];
    if (next && next.id !== id) void navigate(`/p/${project}/conversations/${next.id}`);
  };
  useKeys({ j: () => step(1), k: () => step(-1), Escape: () => void navigate(`/p/${project}/conversations`) });

  if (query.data === undefined) {
    const status = query.error instanceof ApiError ? query.error.status : null;
    if (status === 404) return <Waiting id={id} again={() => void query.refetch()} />;
    if (status === 410) return <Deleted id={id} />;
    if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
    return <><Top><h1 className="mono">{shortId(id)}</h1></Top><Skeleton rows={12} height={45} /></>;
  }
  const { conversation: row, turns } = query.data;
  return (
    <>
      <Head row={row} />
      {query.isError && <FailureBar error={query.error} retry={() => void query.refetch()} />}
      <RootMissing row={row} />
      <Facts row={row} turns={turns} />
      {row.voice ? <VoiceView detail={query.data} key={row.id} /> : <TraceView row={row} tooMany={query.data.spans_too_many} key={row.id} />}
    </>
  );
}
