// Turns with what their reply was spent on: the slowest, or those in a box.
import { Link } from "react-router";
import type { FoundTurn } from "../../api/types";
import { Reply } from "../../components/bits";
import { duration, startedShort } from "../../lib/format";

function largest(turn: FoundTurn): string {
  const part = turn.contributions.filter((one) => one.owner !== "unattributed").reduce<FoundTurn["contributions"][number] | null>((most, one) => (one.duration > (most?.duration ?? 0) ? one : most), null);
  return part === null ? "" : `${part.name} ${duration(part.duration)}`;
}

export function Turns({ turns, project }: { turns: FoundTurn[]; project: string }) {
  const most = Math.max(1, ...turns.map((turn) => turn.reply));
  return (
    <div className="slowest">
      {turns.map((turn) => (
        <Link key={`${turn.conversation_id} ${turn.number}`} to={`/p/${project}/conversations/${turn.conversation_id}?turn=${turn.number}`}>
          <span className="num sub">{startedShort(turn.start)}</span>
          <span className="clip"><b>{turn.title}</b> <span className="dim">{turn.label}</span></span>
          <span className="composition" style={{ width: `${(turn.reply / most) * 100}%` }}>
            {turn.contributions.map((part, index) => <i key={index} className={`p-${part.stage}`} style={{ flexGrow: Math.max(1, part.duration) }} title={`${part.name} ${duration(part.duration)}`} />)}
            {turn.contributions.length === 0 && <i className="p-unattributed" style={{ flexGrow: 1 }} />}
          </span>
          <span className="sub clip hide-narrow">{largest(turn)}</span>
          <span className="r num"><Reply value={turn.reply} /></span>
        </Link>
      ))}
    </div>
  );
}
