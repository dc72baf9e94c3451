// Running calls as cards, each with what is said, who speaks and how long replies take.
import { Link } from "react-router";
import { useConversation } from "../../api/data";
import type { Conversation, Turn } from "../../api/types";
import { Reply } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { Spark } from "../../components/Spark";
import { clock, duration, judge, maskCaller, plural } from "../../lib/format";
import { doing } from "../../lib/trouble";

/** A card's line has the latest replies. */
const REPLIES = 24;
const WORDS = { caller: "caller speaks", thinking: "thinking", bot: "bot speaks", quiet: "quiet" };
export interface Call { id: string; level: number; reason: string; row: Conversation; turn: Turn | undefined; replies: number[] }

/** Who speaks, and how long nobody has. */
export function Does({ turn, now }: { turn: Turn | undefined; now: number }) {
  const { what, since } = doing(turn);
  const silent = (what === "thinking" || what === "quiet") && since !== null ? ` ${duration(now - since)}` : "";
  return <span className={`pill doing ${what}`}>{WORDS[what]}{silent}</span>;
}

export const lastReply = ({ row, replies }: Call): number | null => replies[replies.length - 1] ?? row.reply_p50;

/** With what was said before this page was opened: the stream tells the rest. */
function useWhole(project: string, call: Call): Call {
  const turns = useConversation(project, call.row.id).data?.turns ?? [];
  const replies = turns.flatMap(({ reply }) => (reply === null ? [] : [reply])).slice(-REPLIES);
  return { ...call, turn: call.turn ?? turns[turns.length - 1], replies: replies.length > call.replies.length ? replies : call.replies };
}

function Card({ call: told, project, now }: { call: Call; project: string; now: number }) {
  const call = useWhole(project, told);
  const { row, turn, replies } = call;
  const last = lastReply(call);
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
        <Does turn={turn} now={now} />
        {replies.length > 1 && <Spark values={replies} tone={judge(last)} />}
        <span className="end" title="last reply">{last !== null && <Reply value={last} />}</span>
      </span>
    </Link>
  );
}

export function Wall({ title, calls, project, now }: { title: string; calls: Call[]; project: string; now: number }) {
  if (calls.length === 0) return null;
  return (
    <>
      <h2>{title} <span className="dim num">{calls.length}</span></h2>
      <div className="wall">{calls.map((call) => <Card key={call.id} call={call} project={project} now={now} />)}</div>
    </>
  );
}
