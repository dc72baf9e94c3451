// The chosen turn: where the time of the reply went, its spans, the chosen span.
import { useMemo, useState } from "react";
import { useSpans, usePage } from "../../api/data";
import type { Conversation, Turn } from "../../api/types";
import { Pill, Reply, Segments } from "../../components/bits";
import { Icon } from "../../components/Icon";
import { Failure, Skeleton } from "../../components/states";
import { blame, median } from "../../lib/contributions";
import { REPLY_GOAL } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { rangeOf, spanTree } from "../../lib/tree";
import { Contributions } from "./Contributions";
import { SpanPane } from "./SpanPane";
import { SpanRows, SpanTable } from "./SpanRows";

type View = "waterfall" | "tree" | "table";

function ReplyHead({ turn, turns }: { turn: Turn; turns: Turn[] }) {
  const usual = median(turns.flatMap((other) => (other.reply === null ? [] : [other.reply])));
  const main = blame(turn);
  if (turn.reply === null) {
    return <span className="sub">{turn.bot_first ? "the bot spoke first" : turn.live ? "still going on" : "no reply measured"}</span>;
  }
  const times = usual && turns.length > 2 ? turn.reply / usual : null;
  return (
    <>
      <span className="sub reply-what">caller stopped → bot audible</span>
      <b className="num big"><Reply value={turn.reply} /></b>
      <span className="dim num">goal 0.80 s{times !== null && (times >= 1.15 || times <= 0.85) && ` · ${times.toFixed(1)}× the median of this call`}</span>
      <span className="spacer" />
      {main && <Pill tone={turn.reply > REPLY_GOAL ? "bad" : "plain"}>{main.contribution.stage === "tool" && <Icon name="tool" size={12} />}{main.contribution.name} is {main.percent} %</Pill>}
    </>
  );
}

interface Props {
  row: Conversation; turn: Turn; turns: Turn[]; now: number; span: string | null;
  chooseSpan: (span: string | null) => void; step: (by: number) => void;
}

export function TurnPane({ row, turn, turns, now, span, chooseSpan, step }: Props) {
  const { project } = usePage();
  const [view, setView] = useState<View>("waterfall");
  const query = useSpans(project, row.id, turn.span_id, true);
  const spans = query.data?.spans ?? [];
  const rows = useMemo(() => spanTree(spans), [query.data]);
  const range = useMemo(() => rangeOf(spans, now), [query.data, row.live ? now : 0]);
  // The model's answer is what one looks for first.
  const chosen = rows.find((known) => known.span.id === span)?.span
    ?? [...rows].reverse().find((known) => known.span.stage === "llm")?.span ?? rows[0]?.span ?? null;
  const move = (by: number) => {
    const at = rows.findIndex((known) => known.span === chosen);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next) chooseSpan(next.span.id);
  };
  useKeys({ ArrowRight: () => move(1), ArrowLeft: () => move(-1) });
  return (
    <div className="turn-pane">
      <section className="card reply-card" data-testid="reply">
        <header>
          <b>Turn {turn.number}</b><ReplyHead turn={turn} turns={turns} />
          <span className="only-narrow steps">
            <button type="button" className="btn" aria-label="Previous turn" onClick={() => step(-1)}><Icon name="left" /></button>
            <button type="button" className="btn" aria-label="Next turn" onClick={() => step(1)}><Icon name="right" /></button>
          </span>
        </header>
        {turn.contributions.length > 0 && <Contributions turn={turn} />}
      </section>
      <section className="card">
        <header>
          <b>Spans of turn {turn.number}</b><small className="num">{query.data ? `${spans.length} of ${row.spans}` : ""}</small>
          <span className="spacer" />
          <Segments label="Spans as" value={view} onChange={setView} options={[["waterfall", "Waterfall"], ["tree", "Tree"], ["table", "Table"]]} />
        </header>
        {query.isPending && <Skeleton rows={5} height={29} />}
        {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
        {query.data && (view === "table"
          ? <SpanTable rows={rows} now={now} chosen={chosen?.id ?? null} choose={chooseSpan} />
          : <SpanRows rows={rows} range={range} now={now} chosen={chosen?.id ?? null} choose={chooseSpan} guides={view === "tree"} bars={view === "waterfall"} />)}
      </section>
      {chosen && <SpanPane trace={row.id} span={chosen} />}
    </div>
  );
}
