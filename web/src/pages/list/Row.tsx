// One conversation of the list.
import { memo } from "react";
import { Link } from "react-router";
import type { Conversation } from "../../api/types";
import { Pill, Reply } from "../../components/bits";
import { Strip } from "../../components/Strip";
import { clock, duration, judge, maskCaller, money, plural, startedShort, timeTitle } from "../../lib/format";

const STRIP_WIDTH = 150;
/** The bar of the reply time is full at this. */
const FULL_MS = 4000;

export function Heads() {
  return (
    <div className="heads" role="row">
      <span role="columnheader">Started ↓</span>
      <span role="columnheader">Conversation</span>
      <span role="columnheader" className="c-caller">Caller</span>
      <span role="columnheader" className="c-strip">
        <i className="sq caller" /> caller <i className="sq bot" /> bot <i className="bar-mark" /> barge-in
      </span>
      <span role="columnheader" className="r">Length</span>
      <span role="columnheader" className="r c-turns">Turns</span>
      <span role="columnheader" className="r c-p50">Reply p50</span>
      <span role="columnheader" className="r">Reply p95</span>
      <span role="columnheader" className="r c-barge">Barge-ins</span>
      <span role="columnheader" className="r c-cost">Cost</span>
      <span role="columnheader" className="c-agent">Agent</span>
      <span role="columnheader">Outcome</span>
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

function Started({ row }: { row: Conversation }) {
  return (
    <span className="started num" role="cell" title={timeTitle(row.start)}>
      <span className={`dot ${row.outcome} ${row.live ? "pulse" : ""}`} />
      {row.live ? <b className="good">live</b> : startedShort(row.start)}
    </span>
  );
}

interface Props { row: Conversation; top: number; now: number; narrow: boolean; to: string; selected: boolean; checked: boolean }

function Wide({ row, now }: { row: Conversation; now: number }) {
  const outcome = outcomeOf(row);
  const length = lengthOf(row, now);
  return (
    <>
      <Started row={row} />
      <span role="cell" className="naming"><b className="clip">{row.title}</b><small className="clip">{row.last_line}</small></span>
      <span role="cell" className="c-caller sub clip">{row.caller ? maskCaller(row.caller) : <span className="dim">–</span>}</span>
      <span role="cell" className="c-strip"><Strip row={row} width={STRIP_WIDTH} now={row.live ? now : 0} /></span>
      <span role="cell" className="r num">{row.voice || length === null || length > 60_000 ? clock(length) : duration(length)}</span>
      <span role="cell" className="r num sub c-turns">{row.voice ? row.turns : <span className="dim">–</span>}</span>
      <span role="cell" className="r num c-p50">{row.reply_p50 === null ? <span className="dim">–</span> : <Reply value={row.reply_p50} />}</span>
      <span role="cell" className="r num p95">
        {row.reply_p95 === null ? <span className="dim">–</span> : (
          <>
            <span className="meter"><i className={judge(row.reply_p95)} style={{ width: `${Math.min(100, (row.reply_p95 / FULL_MS) * 100)}%` }} /></span>
            <span>{duration(row.reply_p95)}</span>
          </>
        )}
      </span>
      <span role="cell" className={`r num c-barge ${row.barge_ins === 0 || !row.voice ? "dim" : row.barge_ins > 4 ? "bad" : ""}`}>{row.voice ? row.barge_ins : "–"}</span>
      <span role="cell" className="r num sub c-cost">{row.cost === null ? <span className="dim">–</span> : money(row.cost)}</span>
      <span role="cell" className="c-agent clip">{(row.version ?? row.release) && <Pill>{row.version ?? row.release}</Pill>}</span>
      <span role="cell">{outcome.tone === "plain" ? <span className="sub">{outcome.word}</span> : <Pill tone={outcome.tone}>{outcome.word}</Pill>}</span>
    </>
  );
}

function Narrow({ row, now }: { row: Conversation; now: number }) {
  const outcome = outcomeOf(row);
  return (
    <>
      <span className="line"><span className={`dot ${row.outcome} ${row.live ? "pulse" : ""}`} /><b className="clip">{row.title}</b>
        <span className="end num">{row.live ? <b className="good">live</b> : startedShort(row.start)}</span></span>
      <small className="clip">{row.last_line}</small>
      <Strip row={row} width={Math.max(120, innerWidth - 40)} now={row.live ? now : 0} />
      <span className="line sub num">
        <span>{clock(lengthOf(row, now))}</span>
        {row.reply_p50 !== null && <span>p50 {duration(row.reply_p50)}</span>}
        {row.reply_p95 !== null && <span>p95 <Reply value={row.reply_p95} /></span>}
        {row.barge_ins > 0 && row.voice && <span>{plural(row.barge_ins, "barge-in")}</span>}
        {outcome.tone === "bad" || outcome.tone === "warn" ? <span className="end"><Pill tone={outcome.tone}>{outcome.word}</Pill></span> : null}
      </span>
    </>
  );
}

function RowLink({ row, top, now, narrow, to, selected, checked }: Props) {
  return (
    <Link to={to} role={narrow ? undefined : "row"} data-id={row.id} className={`row ${narrow ? "narrow" : ""} ${selected ? "selected" : ""} ${checked ? "checked" : ""}`} aria-selected={narrow ? undefined : checked}
      style={{ transform: `translateY(${top}px)` }}>
      {narrow ? <Narrow row={row} now={now} /> : <Wide row={row} now={now} />}
    </Link>
  );
}

// A second that passes redraws the live rows alone.
export const Row = memo(RowLink, (before, after) =>
  before.row === after.row && before.top === after.top && before.narrow === after.narrow &&
  before.to === after.to && before.selected === after.selected && before.checked === after.checked && (before.now === after.now || !after.row.live));
