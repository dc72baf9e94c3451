import type { ReactNode } from "react";
import type { Conversation, Turn } from "../../api/types";
import { Reply, useNow } from "../../components/bits";
import { clock, count, duration, maskCaller, money, started, timeTitle } from "../../lib/format";
import { lanes, talkShare } from "../../lib/lanes";

function Fact({ name, children, title }: { name: string; children: ReactNode; title?: string }) {
  return <div title={title}><span>{name}</span><b className="num">{children}</b></div>;
}

export function Facts({ row, turns }: { row: Conversation; turns: Turn[] }) {
  const now = useNow(row.live);
  const length = (row.end ?? (row.live ? now : null)) === null ? null : (row.end ?? now) - row.start;
  const share = talkShare(lanes(turns, row.start, row.end, now).blocks);
  const stack = [row.stack.stt, row.stack.llm, row.stack.tts].filter(Boolean);
  return (
    <div className="facts">
      <Fact name="Started" title={timeTitle(row.start)}>{started(row.start)}</Fact>
      <Fact name="Length">{row.voice ? clock(length) : duration(length)}</Fact>
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
      {row.caller && <Fact name="Caller">{maskCaller(row.caller)}</Fact>}
      {(row.version ?? row.release) && <Fact name="Agent">{[row.version, row.release].filter(Boolean).join(" · ")}</Fact>}
      {stack.length > 0 && <Fact name="Stack" title={stack.join(" → ")}>{stack.join(" → ")}</Fact>}
    </div>
  );
}
