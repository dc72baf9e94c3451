// Six figures of the range, each beside the period before.
import type { ReactNode } from "react";
import type { Heatmap, Latency, Series } from "../../api/types";
import { Reply } from "../../components/bits";
import { Spark } from "../../components/Spark";
import { count, money, totalTime } from "../../lib/format";
import { bargeInCourse, bargeInRate, type Change, change, costCourse, costPerMinute, goalCourse, inGoal, pointChange } from "../../lib/kpis";

const percent = (share: number | null) => (share === null ? "–" : `${(share * 100).toFixed(1)} %`);

function Kpi({ name, by, course, tone, children }: { name: string; by: Change | null; course?: (number | null)[]; tone?: string; children: ReactNode }) {
  return (
    <div className="card">
      <span className="kpi-head"><span className="clip">{name}</span>{by && <i className={`num ${by.tone}`} title="against the period before">{by.text}</i>}</span>
      <b className="num">{children}</b>
      {course && <Spark values={course} tone={tone ?? "bot"} />}
    </div>
  );
}

export function Kpis({ data, before, series, heatmap }: { data: Latency; before: Latency | undefined; series: Series | undefined; heatmap: Heatmap | undefined }) {
  const old = before && before.turns > 0 ? before : null;
  const goal = inGoal(data);
  return (
    <div className="kpis">
      <Kpi name="Reply p50" by={change(data.reply.p50, old?.reply.p50 ?? null, "less")} course={series?.reply.p50} tone="good"><Reply value={data.reply.p50} /></Kpi>
      <Kpi name="Reply p95" by={change(data.reply.p95, old?.reply.p95 ?? null, "less")} course={series?.reply.p95} tone="bad"><Reply value={data.reply.p95} /></Kpi>
      <Kpi name="Within 1.2 s" by={pointChange(goal, old && inGoal(old), "more")} course={heatmap && goalCourse(heatmap)} tone="warn">{percent(goal)}</Kpi>
      <Kpi name="Barge-in rate" by={pointChange(bargeInRate(data), old && bargeInRate(old), null)} course={series && bargeInCourse(series.totals)}>{percent(bargeInRate(data))}</Kpi>
      <Kpi name={data.length === null ? "Calls" : "Calls · time in them"} by={change(data.calls, old?.calls ?? null, null)} course={series?.totals.calls} tone="user">{count(data.calls)}{data.length !== null && ` · ${totalTime(data.length)}`}</Kpi>
      <Kpi name="Cost per minute" by={change(costPerMinute(data), old && costPerMinute(old), "less")} course={series && costCourse(series.totals)} tone="llm">{money(costPerMinute(data))}</Kpi>
    </div>
  );
}
