// The same running calls as rows, worst first: for more of them than a wall can hold.
import { Link } from "react-router";
import { Reply } from "../../components/bits";
import { Spark } from "../../components/Spark";
import { clock, judge, maskCaller } from "../../lib/format";
import { type Call, Does, lastReply } from "./Wall";

function Row({ call, project, now }: { call: Call; project: string; now: number }) {
  const { row, turn, replies, level, reason } = call;
  const last = lastReply(call);
  return (
    <tr className="live-row">
      <td className="live-name"><Link to={`/p/${project}/conversations/${row.id}`}><span className={`dot ${level === 2 ? "error" : level === 1 ? "warning" : "live"}`} /><b className="clip">{row.title}</b></Link></td>
      <td className={`clip ${level === 2 ? "bad" : level === 1 ? "warn" : "dim"}`}>{reason || "going well"}</td>
      <td><Does turn={turn} now={now} /></td>
      <td className="sub clip live-words">{turn?.bot_text ?? turn?.user_text ?? row.last_line}</td>
      <td className="sub hide-narrow">{row.caller ? maskCaller(row.caller) : "–"}</td>
      <td className="sub hide-narrow">{row.version ?? row.release ?? "–"}</td>
      <td className="r num sub">{row.turns}</td>
      <td className="r num hide-narrow">{row.barge_ins}</td>
      <td className="hide-narrow">{replies.length > 1 && <Spark values={replies} tone={judge(last)} />}</td>
      <td className="r num">{last === null ? "–" : <Reply value={last} />}</td>
      <td className="r num">{clock(now - row.start)}</td>
    </tr>
  );
}

export function LiveTable({ calls, project, now }: { calls: Call[]; project: string; now: number }) {
  return (
    <div className="card span-table live-table" role="group" aria-label="Running calls" tabIndex={0}>
      <table>
        <thead><tr><th>Call</th><th>Needs a look</th><th>Now</th><th>Last words</th><th className="hide-narrow">Caller</th><th className="hide-narrow">Agent</th><th className="r">Turns</th><th className="r hide-narrow">Barge-ins</th><th className="hide-narrow">Replies</th><th className="r">Last reply</th><th className="r">Length</th></tr></thead>
        <tbody>{calls.map((call) => <Row key={call.id} call={call} project={project} now={now} />)}</tbody>
      </table>
    </div>
  );
}
