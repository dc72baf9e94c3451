// Two conversations side by side: the turns in which the caller said the same, what the bot said otherwise, how long it took.
import { useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import { useConversation, usePage } from "../api/data";
import type { ConversationDetail, Turn } from "../api/types";
import { Button, Pill, useNow, useWidth } from "../components/bits";
import { Top } from "../components/Shell";
import { Failure, Skeleton, State } from "../components/states";
import { Strip } from "../components/Strip";
import { alignTurns, difference, foldSame, type Line, type Pair, type Piece } from "../lib/compare";
import { callTime, duration, money, plural, shortId } from "../lib/format";
import { callLength } from "../lib/groups";
import { PlayBoth } from "./compare/PlayBoth";
import { SettingsDiff } from "./compare/SettingsDiff";

function Head({ side, detail }: { side: "A" | "B"; detail: ConversationDetail }) {
  const { project } = usePage();
  const [ref, width] = useWidth<HTMLDivElement>();
  const row = detail.conversation;
  const now = useNow(row.live);
  return (
    <section className="card compare-head">
      <header><b className={`side-mark ${side}`}>{side}</b><Link className="clip" to={`/p/${project}/conversations/${row.id}`}><b>{row.title}</b></Link><span className="mono dim">{shortId(row.id)}</span><span className="spacer" />{(row.version ?? row.release) && <Pill>{row.version ?? row.release}</Pill>}</header>
      <div ref={ref} className="compare-strip">{width > 0 && <Strip row={row} width={width} now={now} />}</div>
      <p className="sub num">{[callTime(callLength(row)), plural(row.turns, "turn"), row.reply_p50 !== null && `p50 ${duration(row.reply_p50)}`, plural(row.barge_ins, "barge-in"), row.cost !== null && money(row.cost)].filter(Boolean).join(" · ")}</p>
    </section>
  );
}

const signed = (ms: number) => `${ms > 0 ? "+" : ""}${duration(ms)}`;
const toneOf = (by: number) => (Math.abs(by) < 1 ? "" : by < 0 ? "good" : "bad");

function Text({ pieces, lane, tone }: { pieces: Piece[]; lane: "caller" | "bot"; tone: string }) {
  if (pieces.every((piece) => piece.text === "")) return null;
  return <span className={`lane-line ${lane}`}><i /><span>{pieces.map((piece, index) => (piece.changed ? <mark key={index} className={tone}>{piece.text}</mark> : piece.text))}</span></span>;
}

function Side({ turn, caller, bot, tone, most }: { turn: Turn | null; caller: Piece[]; bot: Piece[]; tone: string; most: number }) {
  if (turn === null) return <div className="card no-turn dim">no matching turn</div>;
  return (
    <div className="card compare-turn">
      <Text pieces={caller} lane="caller" tone={tone} />
      <Text pieces={bot} lane="bot" tone={tone} />
      {turn.reply !== null && (
        <span className="compare-reply num">
          <span className="composition" style={{ width: `${(turn.reply / most) * 70}%` }}>{turn.contributions.map((part, index) => <i key={index} className={`p-${part.stage}`} style={{ flexGrow: Math.max(1, part.duration) }} title={`${part.name} ${duration(part.duration)}`} />)}</span>
          {duration(turn.reply)}
        </span>
      )}
    </div>
  );
}

function Middle({ pair: { a, b } }: { pair: Pair }) {
  const label = a && b ? (a.number === b.number ? `turn ${a.number}` : `turn ${a.number} · ${b.number}`) : `turn ${(a ?? b)!.number}`;
  if (!a || !b) return <div className="between dim"><span>{label}</span><b>–</b><span>only in {a ? "A" : "B"}</span></div>;
  if (a.reply === null || b.reply === null) return <div className="between dim"><span>{label}</span></div>;
  const by = b.reply - a.reply;
  return <div className="between dim num"><span>{label}</span><b className={toneOf(by)}>{signed(by)}</b><span>{Math.abs(by) < 1 ? "as fast" : by < 0 ? "faster" : "slower"}</span></div>;
}

/** Turns in a row that say the same, as one line. */
function Folded({ same }: { same: { a: Turn; b: Turn }[] }) {
  const range = (side: "a" | "b") => {
    const [first, last] = [same[0][side].number, same[same.length - 1][side].number];
    return first === last ? `turn ${first}` : `turns ${first} – ${last}`;
  };
  const by = same.flatMap(({ a, b }) => (a.reply !== null && b.reply !== null ? [b.reply - a.reply] : []));
  return (
    <div className="compare-row folded num">
      <div className="card">{range("a")} · {plural(same.length, "turn")}, same words</div>
      <div className="between dim">{by.length > 0 && `${signed(by.reduce((sum, one) => sum + one, 0) / by.length)} each`}</div>
      <div className="card">{range("b")} · {plural(same.length, "turn")}</div>
    </div>
  );
}

function Rows({ lines }: { lines: Line[] }) {
  const most = Math.max(1, ...lines.flatMap((line) => ("pair" in line ? [line.pair.a?.reply ?? 0, line.pair.b?.reply ?? 0] : [])));
  return lines.map((line, index) => {
    if ("same" in line) return <Folded key={index} same={line.same} />;
    const { pair } = line;
    const { a, b } = pair;
    const caller = difference(a?.user_text ?? "", b?.user_text ?? "");
    const bot = difference(a?.bot_text ?? "", b?.bot_text ?? "");
    return (
      <div key={index} className="compare-row">
        <Side turn={a} caller={caller[0]} bot={bot[0]} tone={b ? "bad" : ""} most={most} />
        <Middle pair={pair} />
        <Side turn={b} caller={caller[1]} bot={bot[1]} tone={a ? "good" : ""} most={most} />
      </div>
    );
  });
}

function Sums({ a, b }: { a: ConversationDetail; b: ConversationDetail }) {
  const [x, y] = [a.conversation, b.conversation];
  const by = x.reply_p50 !== null && y.reply_p50 !== null ? y.reply_p50 - x.reply_p50 : null;
  const barge = y.barge_ins - x.barge_ins;
  return (
    <div className="between dim num">
      <span>reply p50</span><b className={by === null ? "" : toneOf(by)}>{by === null ? "–" : signed(by)}</b>
      {x.cost !== null && y.cost !== null && x.cost > 0 && <span>cost {y.cost >= x.cost ? "+" : "−"}{Math.abs(Math.round((y.cost / x.cost - 1) * 100))} %</span>}
      <span>barge-ins {barge > 0 ? `+${barge}` : barge < 0 ? `−${-barge}` : "±0"}</span>
    </div>
  );
}

export function ComparePage() {
  const { project } = usePage();
  const [params, setParams] = useSearchParams();
  const [a, b] = [params.get("a") ?? "", params.get("b") ?? ""];
  const left = useConversation(project, a);
  const right = useConversation(project, b);
  const pairs = useMemo(() => (left.data && right.data ? alignTurns(left.data.turns, right.data.turns) : []), [left.data, right.data]);
  const only = params.get("only") === "differences";
  const lines = useMemo(() => (only ? foldSame(pairs) : pairs.map((pair): Line => ({ pair }))), [pairs, only]);
  const show = (next: { a: string; b: string; only: boolean }) => setParams({ a: next.a, b: next.b, ...(next.only ? { only: "differences" } : {}) }, { replace: true });
  const failed = left.isError ? left : right.isError ? right : null;
  return (
    <>
      <Top>
        <Link className="crumb" to={`/p/${project}/conversations`}>Conversations /</Link><h1>Compare</h1><span className="spacer" />
        <button type="button" className={`pill toggle ${only ? "accent" : ""}`} aria-pressed={only} onClick={() => show({ a, b, only: !only })}>only differences</button>
        <Button onClick={() => show({ a: b, b: a, only })}>Swap A ↔ B</Button>
      </Top>
      {a === "" || b === "" ? <State title="Two conversations are compared">Select two in the list with X, then press C.</State>
        : failed ? <Failure error={failed.error} retry={() => void failed.refetch()} />
        : !left.data || !right.data ? <Skeleton rows={8} height={60} />
        : (
          <div className="compare-page">
            <div className="compare-row"><Head side="A" detail={left.data} /><Sums a={left.data} b={right.data} /><Head side="B" detail={right.data} /></div>
            {pairs.length === 0 && <State title="Neither has a turn">What is no voice call has nothing to compare here.</State>}
            <Rows lines={lines} />
            {pairs.length > 0 && <PlayBoth left={left.data} right={right.data} pairs={pairs} />}
            <SettingsDiff left={left.data} right={right.data} />
          </div>
        )}
    </>
  );
}
