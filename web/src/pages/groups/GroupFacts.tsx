// What the calls sum to.
import type { ReactNode } from "react";
import type { Conversation } from "../../api/types";
import { Reply } from "../../components/bits";
import { clock, count, money, started } from "../../lib/format";
import { groupSums } from "../../lib/groups";

export function GroupFacts({ calls, total }: { calls: Conversation[]; total: number }) {
  const sums = groupSums(calls);
  const facts: [string, ReactNode][] = [
    ["Calls", total > calls.length ? `${count(calls.length)} of ${count(total)}` : count(calls.length)], ["First", started(sums.first)], ["Last", started(sums.last)],
    ["Time in calls", clock(sums.length)], ["Reply p50", sums.replyP50 === null ? "–" : <Reply value={sums.replyP50} />], ["Barge-ins", count(sums.bargeIns)],
    ["With errors", sums.failed === 0 ? "none" : <span className="bad">{`${sums.failed} of ${calls.length}`}</span>], ["Cost", money(sums.cost)],
  ];
  return <div className="facts" role="group" aria-label="Facts" tabIndex={0}>{facts.map(([name, value]) => <div key={name}><span>{name}</span><b className="num">{value}</b></div>)}</div>;
}
