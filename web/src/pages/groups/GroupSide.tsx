// Beside the words: the reply time of each call against the goal, and the calls.
import { Link } from "react-router";
import { usePage } from "../../api/data";
import type { Conversation } from "../../api/types";
import { Pill } from "../../components/bits";
import { callTime, duration, judge, REPLY_GOAL } from "../../lib/format";
import type { Asked } from "../../lib/asked";
import { callLength } from "../../lib/groups";
import { AskedAgain } from "./AskedAgain";

const SHOWN = 14;
const TALL = 70;
const WORDS = { live: ["live", "good"], ok: ["ended", "plain"], warning: ["warning", "warn"], error: ["error", "bad"] } as const;

function Replies({ calls, from }: { calls: Conversation[]; from: number }) {
  const most = Math.max(REPLY_GOAL, ...calls.map((row) => row.reply_p50 ?? 0));
  const wide = Math.min(64, 290 / calls.length);
  const y = (value: number) => TALL - (value / most) * (TALL - 14);
  return (
    <svg className="reply-bars" viewBox={`0 0 290 ${TALL + 16}`} role="img" aria-label={calls.map((row, index) => `Call ${from + index + 1}: ${duration(row.reply_p50)}`).join(", ")}>
      {calls.map((row, index) => (
        <g key={row.id} className={`bar ${judge(row.reply_p50)}`}>
          {row.reply_p50 !== null && <><rect x={index * wide + wide * 0.15} y={y(row.reply_p50)} width={wide * 0.7} height={TALL - y(row.reply_p50)} rx={3} />
            {calls.length <= 9 && <text className="axis" x={(index + 0.5) * wide} y={y(row.reply_p50) - 4} textAnchor="middle">{(row.reply_p50 / 1000).toFixed(2)}</text>}</>}
          <text className="axis" x={(index + 0.5) * wide} y={TALL + 13} textAnchor="middle">{from + index + 1}</text>
        </g>
      ))}
      <line className="goal" x1={0} x2={290} y1={y(REPLY_GOAL)} y2={y(REPLY_GOAL)} />
    </svg>
  );
}

export function GroupSide({ calls, asked, go }: { calls: Conversation[]; asked: Asked[]; go: (call: string) => void }) {
  const { project } = usePage();
  const latest = calls.slice(-SHOWN);
  const from = calls.length - latest.length;
  return (
    <aside className="group-side">
      <AskedAgain asked={asked} go={go} />
      {calls.some((row) => row.reply_p50 !== null) && (
        <section className="card"><header><b>Reply p50 by call</b><small>seconds · goal {(REPLY_GOAL / 1000).toFixed(2)} s</small></header><Replies calls={latest} from={from} /></section>
      )}
      <section className="card"><header><b>Calls</b></header>
        {[...latest].reverse().map((row, index) => (
          <Link key={row.id} className="side-call" to={`/p/${project}/conversations/${row.id}`}>
            <span className="dim num">{calls.length - index}</span><span className="clip">{row.title}</span><span className="end num sub">{callTime(callLength(row))}</span><Pill tone={WORDS[row.outcome][1]}>{WORDS[row.outcome][0]}</Pill>
          </Link>
        ))}
      </section>
    </aside>
  );
}
