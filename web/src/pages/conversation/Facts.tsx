import type { ReactNode } from "react";
import { Link } from "react-router";
import { usePage } from "../../api/data";
import type { Conversation, Turn } from "../../api/types";
import { Reply, useNow } from "../../components/bits";
import { callTime, count, duration, maskCaller, money, scoreText, shortId, started, timeTitle } from "../../lib/format";
import { lanes, talkShare } from "../../lib/lanes";

function Fact({ name, children, title }: { name: string; children: ReactNode; title?: string }) {
  return <div title={title}><span>{name}</span><b className="num">{children}</b></div>;
}

/** The other conversations of the same caller or session. */
function Others({ project, filter, value, children }: { project: string; filter: "caller" | "session"; value: string; children: ReactNode }) {
  return <Link className="others" to={`/p/${project}/${filter}s/${encodeURIComponent(value)}`} title={`All of this ${filter}: ${value}`}>{children}</Link>;
}

export function Facts({ row, turns }: { row: Conversation; turns: Turn[] }) {
  const { project } = usePage();
  const now = useNow(row.live);
  const length = (row.end ?? (row.live ? now : null)) === null ? null : (row.end ?? now) - row.start;
  const share = talkShare(lanes(turns, row.start, row.end, now).blocks);
  const stack = [row.stack.stt, row.stack.llm, row.stack.tts].filter(Boolean);
  return (
    <div className="facts" role="group" aria-label="Facts" tabIndex={0}>
      <Fact name="Started" title={timeTitle(row.start)}>{started(row.start)}</Fact>
      <Fact name="Length">{row.voice ? callTime(length) : duration(length)}</Fact>
      {row.voice && <Fact name="Turns">{row.turns}</Fact>}
      {row.reply_p50 !== null && <Fact name="Reply p50"><Reply value={row.reply_p50} /></Fact>}
      {row.reply_max !== null && <Fact name="Reply max"><Reply value={row.reply_max} /></Fact>}
      {row.voice && <Fact name="Barge-ins">{row.barge_ins}</Fact>}
      {share && <Fact name="Talk share" title="caller : bot, in percent">{share[0]} : {share[1]}</Fact>}
      {!row.voice && <Fact name="Spans">{count(row.spans)}</Fact>}
      {row.errors > 0 && <Fact name="Errors"><span className="bad">{row.errors}</span></Fact>}
      {!row.voice && (row.input_tokens !== null || row.output_tokens !== null) && (
        <Fact name="Tokens">{count(row.input_tokens)} in · {count(row.output_tokens)} out</Fact>
      )}
      {row.cost !== null && <Fact name="Cost">{money(row.cost)}</Fact>}
      {row.caller && <Fact name="Caller"><Others project={project} filter="caller" value={row.caller}>{maskCaller(row.caller)}</Others></Fact>}
      {row.session && <Fact name="Session"><Others project={project} filter="session" value={row.session}>{shortId(row.session)}</Others></Fact>}
      {(row.version ?? row.release) && <Fact name="Agent">{[row.version, row.release].filter(Boolean).join(" · ")}</Fact>}
      {stack.length > 0 && <Fact name="Stack" title={stack.join(" → ")}>{stack.map((service) => service!.split(" · ").pop()).join(" → ")}</Fact>}
      {row.scores.map((score) => <Fact key={score.name} name={score.name}>{scoreText(score)}</Fact>)}
    </div>
  );
}
