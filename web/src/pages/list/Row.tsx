// One conversation of the list.
import { memo, type ReactNode } from "react";
import type { Conversation } from "../../api/types";
import { Pill, Reply, ScorePill } from "../../components/bits";
import { Strip } from "../../components/Strip";
import { COLUMNS, type ColumnKey } from "../../lib/columns";
import { sorted, turned } from "../../lib/sort";
import { callTime, duration, judge, maskCaller, money, plural, startedShort, timeTitle } from "../../lib/format";

const STRIP_WIDTH = 150;
/** The bar of the reply time is full at this. */
const FULL_MS = 4000;

const NAMES = new Map<ColumnKey, string>(COLUMNS.map(({ key, name }) => [key, name]));
const RIGHT: readonly ColumnKey[] = ["length", "turns", "p50", "p95", "barge", "cost", "spans", "score"];

const ARROWS = { ascending: "↑", descending: "↓" };

/** The name of a column, which turns the list to its order where that is possible. */
function Head({ name, column, sort, turn }: { name: ReactNode; column: ColumnKey; sort: string; turn: (sort: string) => void }) {
  const now = sorted(sort, column);
  const next = turned(sort, column);
  return (
    <span role="columnheader" className={RIGHT.includes(column) ? "r" : ""} aria-sort={now ?? (next === null ? undefined : "none")}>
      {next === null ? name : <button type="button" onClick={() => turn(next)}>{name}{now && <span aria-hidden="true"> {ARROWS[now]}</span>}</button>}
    </span>
  );
}

export function Heads({ columns, sort, turn }: { columns: readonly ColumnKey[]; sort: string; turn: (sort: string) => void }) {
  return (
    <div className="heads" role="row">
      {columns.map((key) => (
        <Head key={key} column={key} sort={sort} turn={turn}
          name={key === "strip" ? <><i className="sq caller" /> caller <i className="sq bot" /> bot <i className="bar-mark" /> barge-in</> : NAMES.get(key)} />
      ))}
    </div>
  );
}

function outcomeOf(row: Conversation): { word: string; tone: "good" | "warn" | "bad" | "plain" } {
  if (row.outcome === "live") return { word: "live", tone: "good" };
  if (row.outcome === "error") return { word: "error", tone: "bad" };
  if (row.root_missing) return { word: "cut off", tone: "warn" };
  return row.outcome === "warning" ? { word: "warning", tone: "warn" } : { word: "ended", tone: "plain" };
}

const lengthOf = (row: Conversation, now: number) => {
  const end = row.end ?? (row.live ? now : null);
  if (end === null) return null;
  return end - row.start;
};

function lengthText(row: Conversation, now: number): string {
  const length = lengthOf(row, now);
  return row.voice || length === null || length > 60_000 ? callTime(length) : duration(length);
}

interface Props { row: Conversation; top: number; now: number; narrow: boolean; to: string; selected: boolean; checked: boolean; columns: readonly ColumnKey[]; fresh: boolean }

const NONE = <span className="dim">–</span>;

/** What was said last, unless the title says it. */
const says = (row: Conversation) => row.last_line !== row.title && <small className="clip">{row.last_line}</small>;

function P95({ value }: { value: number | null }) {
  if (value === null) return NONE;
  return (
    <>
      <span className="meter"><i className={judge(value)} style={{ width: `${Math.min(100, (value / FULL_MS) * 100)}%` }} /></span>
      <span>{duration(value)}</span>
    </>
  );
}

function OutcomeCell({ row }: { row: Conversation }) {
  const outcome = outcomeOf(row);
  return outcome.tone === "plain" ? <span className="sub">{outcome.word}</span> : <Pill tone={outcome.tone}>{outcome.word}</Pill>;
}

const bargeTone = (row: Conversation) => (row.barge_ins === 0 || !row.voice ? "dim" : row.barge_ins > 4 ? "bad" : "");

/** Each column's cell: its class and what is in it. */
const CELLS: Record<ColumnKey, [string | ((row: Conversation) => string), (row: Conversation, now: number) => ReactNode]> = {
  started: ["started num", (row) => <><span className={`dot ${row.outcome} ${row.live ? "pulse" : ""}`} />{row.live ? <b className="good">live</b> : startedShort(row.start)}</>],
  naming: ["naming", (row) => <><b className="clip">{row.title}</b>{says(row)}</>],
  caller: ["sub clip", (row) => (row.caller ? maskCaller(row.caller) : NONE)],
  strip: ["", (row, now) => <Strip row={row} width={STRIP_WIDTH} now={row.live ? now : 0} />],
  length: ["r num", (row, now) => lengthText(row, now)],
  turns: ["r num sub", (row) => (row.voice ? row.turns : NONE)],
  p50: ["r num", (row) => (row.reply_p50 === null ? NONE : <Reply value={row.reply_p50} />)],
  p95: ["r num p95", (row) => <P95 value={row.reply_p95} />],
  barge: [(row) => `r num ${bargeTone(row)}`, (row) => (row.voice ? row.barge_ins : "–")],
  cost: ["r num sub", (row) => (row.cost === null ? NONE : money(row.cost))],
  agent: ["clip", (row) => (row.version ?? row.release) && <Pill>{row.version ?? row.release}</Pill>],
  stt: ["sub clip", (row) => row.stack.stt ?? NONE],
  llm: ["sub clip", (row) => row.stack.llm ?? NONE],
  tts: ["sub clip", (row) => row.stack.tts ?? NONE],
  session: ["sub clip", (row) => row.session ?? NONE],
  environment: ["sub clip", (row) => row.environment],
  spans: ["r num sub", (row) => row.spans],
  score: ["r", (row) => (row.scores.length === 0 ? NONE : <ScorePill scores={row.scores} />)],
  outcome: ["", (row) => <OutcomeCell row={row} />],
};

function Wide({ row, now, columns }: { row: Conversation; now: number; columns: readonly ColumnKey[] }) {
  return columns.map((key) => {
    const [of, cell] = CELLS[key];
    return <span key={key} role="cell" className={typeof of === "string" ? of : of(row)} title={key === "started" ? timeTitle(row.start) : undefined}>{cell(row, now)}</span>;
  });
}

function Narrow({ row, now }: { row: Conversation; now: number }) {
  const outcome = outcomeOf(row);
  return (
    <>
      <span className="line"><span className={`dot ${row.outcome} ${row.live ? "pulse" : ""}`} /><b className="clip">{row.title}</b>
        <span className="end num sub">{row.live ? <b className="good">live</b> : startedShort(row.start)}</span></span>
      {says(row)}
      <Strip row={row} width={Math.max(120, innerWidth - 40)} now={row.live ? now : 0} />
      <span className="line sub num">
        <span>{callTime(lengthOf(row, now))}</span>
        {row.reply_p50 !== null && <span>p50 {duration(row.reply_p50)}</span>}
        {row.reply_p95 !== null && <span>p95 <Reply value={row.reply_p95} /></span>}
        {row.barge_ins > 0 && row.voice && <span>{plural(row.barge_ins, "barge-in")}</span>}
        {row.scores.length > 0 && <ScorePill scores={row.scores} />}
        {outcome.tone === "bad" || outcome.tone === "warn" ? <span className="end"><Pill tone={outcome.tone}>{outcome.word}</Pill></span> : null}
      </span>
    </>
  );
}

/** A plain link: the list itself listens for clicks on its rows. `fresh`: it came by event, and fades in. */
function RowLink({ row, top, now, narrow, to, selected, checked, columns, fresh }: Props) {
  return (
    <a href={to} role={narrow ? undefined : "row"} data-id={row.id} className={`row ${narrow ? "narrow" : ""} ${selected ? "selected" : ""} ${checked ? "checked" : ""} ${fresh ? "fresh" : ""}`} aria-selected={narrow ? undefined : checked}
      style={{ transform: `translateY(${top}px)` }}>
      {!narrow && <i className="tick" data-tick="" title="Select (X)" aria-hidden="true" />}
      {narrow ? <Narrow row={row} now={now} /> : <Wide row={row} now={now} columns={columns} />}
    </a>
  );
}

// A second that passes redraws the live rows alone.
export const Row = memo(RowLink, (before, after) =>
  before.row === after.row && before.top === after.top && before.narrow === after.narrow &&
  before.to === after.to && before.columns === after.columns && before.selected === after.selected && before.checked === after.checked && before.fresh === after.fresh && (before.now === after.now || !after.row.live));
