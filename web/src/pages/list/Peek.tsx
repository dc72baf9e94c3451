// A conversation beside the list: what it was, its picture and its words.
import { Link } from "react-router";
import { useConversation, usePage } from "../../api/data";
import type { Conversation } from "../../api/types";
import { Pill, Reply } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { Strip } from "../../components/Strip";
import { callTime, maskCaller, money, scoreText, started } from "../../lib/format";
import { callLength } from "../../lib/groups";
import { Words } from "../groups/MergedTranscript";

const WIDE = 372;

export function Peek({ id, known, now, close, move }: { id: string; known: Conversation | undefined; now: number; close: () => void; move: (by: number) => void }) {
  const { project } = usePage();
  const query = useConversation(project, id);
  const row = known ?? query.data?.conversation;
  const to = `/p/${project}/conversations/${id}`;
  return (
    <aside className="span-drawer peek-drawer" aria-label="Peek">
      <header>
        <b className="clip">{row?.title ?? id}</b><span className="spacer" />
        <button type="button" className="btn small ghost" aria-label="Previous conversation" onClick={() => move(-1)}><Icon name="up" size={15} /></button>
        <button type="button" className="btn small ghost" aria-label="Next conversation" onClick={() => move(1)}><span className="flip"><Icon name="up" size={15} /></span></button>
        <button type="button" className="btn small ghost" aria-label="Close" onClick={close}><Icon name="cross" size={15} /></button>
      </header>
      {row && (
        <div className="drawer-body peek-body">
          <p className="sub num">{started(row.start)} · {callTime(row.live ? now - row.start : callLength(row))}{row.caller && ` · ${maskCaller(row.caller)}`}</p>
          <Strip row={row} width={WIDE} height={44} now={row.live ? now : 0} />
          <p className="pills num">{row.reply_p50 !== null && <span className="pill">p50 <Reply value={row.reply_p50} /></span>}{row.reply_p95 !== null && <span className="pill">p95 <Reply value={row.reply_p95} /></span>}
            {row.barge_ins > 0 && <Pill>{row.barge_ins} barge-ins</Pill>}{row.errors > 0 && <Pill tone="bad">{row.errors} errors</Pill>}{row.cost !== null && <Pill>{money(row.cost)}</Pill>}{row.scores.map((score) => <Pill key={score.name} tone="accent">{score.name} {scoreText(score)}</Pill>)}</p>
          <Words row={row} />
        </div>
      )}
      <footer><Link className="btn primary" to={to}>Open</Link><span className="dim"><kbd>↵</kbd></span></footer>
    </aside>
  );
}
