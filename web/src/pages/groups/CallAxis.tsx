// All calls on one time axis; the gaps between them are folded.
import { useMemo } from "react";
import type { Conversation } from "../../api/types";
import { Pill, Reply, useNow, useWidth } from "../../components/bits";
import { Strip } from "../../components/Strip";
import { callTime, startedShort, timeTitle } from "../../lib/format";
import { callLength, pause, widths } from "../../lib/groups";

const GAP = 46;
const LEAST = 116;
const TALL = 58;
const WORDS = { live: "live", ok: "ended", warning: "warning", error: "error" };

export function CallAxis({ calls, chosen, choose }: { calls: Conversation[]; chosen: string | null; choose: (id: string) => void }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const now = useNow(calls.some((row) => row.live));
  const wide = useMemo(() => widths(calls.map(callLength), width - GAP * (calls.length - 1), LEAST), [calls, width]);
  return (
    <section className="call-axis" aria-label="One time axis">
      <header><b>One time axis</b><span className="dim hide-narrow">gaps between calls are folded · width grows with length</span><span className="spacer" />
        <span className="axis-legend"><span className="caller">● caller</span> <span className="bot">● bot</span> <span className="bad">❘ barge-in</span></span></header>
      <div className="axis-calls" ref={ref} tabIndex={0} role="group" aria-label="Calls">
        {width > 0 && calls.map((row, index) => {
          const before = calls[index - 1];
          const gap = before ? pause(row.start - before.start - callLength(before)) : null;
          return (
            <div key={row.id} className="axis-call">
              {gap && <span className="fold-gap num">{gap[0]}<br />{gap[1]}</span>}
              <button type="button" className={row.id === chosen ? "on" : ""} style={{ width: wide[index] }} title={`${row.title} · ${timeTitle(row.start)}`} onClick={() => choose(row.id)}>
                <span className="clip"><b className="num">{index + 1}</b> <span className="sub num">{startedShort(row.start)}</span></span>
                <span className="axis-picture"><Strip row={row} width={wide[index] - 18} height={TALL} now={row.live ? now : 0} /></span>
                <span className="clip"><span className={`dot ${row.outcome}`} /> {WORDS[row.outcome]}</span>
                <span className="clip dim num">{row.reply_p50 !== null && <>p50 <Reply value={row.reply_p50} /> · </>}{callTime(callLength(row))}</span>
              </button>
            </div>
          );
        })}
      </div>
      {calls.length === 1 && <p className="dim none"><Pill>only one call yet</Pill></p>}
    </section>
  );
}
