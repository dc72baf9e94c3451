// Percentiles over time: bands of one hue, the median in ink, the goal dashed. A click, or enter at the place that the
// arrows chose, opens the turns of a step. Where a new release began stands a dotted line, whose tag opens its conversations.
import { useState } from "react";
import { Link } from "react-router";
import type { Alert, Series, SeriesColumns } from "../../api/types";
import { useWidth } from "../../components/bits";
import { firing } from "../../lib/alerts";
import { axisTop, bandPieces, type Point } from "../../lib/bands";
import { placeTags, type Release } from "../../lib/releases";
import { axisTime, duration, plural, started } from "../../lib/format";

const HEIGHT = 220;
const LEFT = 44;
const TOP = 10;
const BOTTOM = 22;
const TAG_ROW = 24;

interface Props { series: Series; columns: SeriesColumns; goal: number | null; pick: (index: number) => void; releases: Release[]; alerts: Alert[]; project: string }

export function ReplyChart({ series, columns, goal, pick, releases, alerts, project }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const [hover, setHover] = useState<number | null>(null);
  const steps = Math.max(1, series.time.length);
  const top = axisTop(Math.max((goal ?? 0) * 1.2, ...columns.p99.map((value) => value ?? 0)));
  const plot = Math.max(10, width - LEFT - 6);
  const x = (index: number) => LEFT + ((index + 0.5) / steps) * plot;
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const area = (piece: Point[]) => {
    // One step alone has no length: it is drawn as wide as its step.
    const points = piece.length > 1 ? piece.map((point) => [x(point.index), point] as const) : [-0.45, 0.45].map((by) => [x(piece[0].index + by), piece[0]] as const);
    return `M${points.map(([at, point]) => `${at} ${y(point.high)}`).join("L")}L${[...points].reverse().map(([at, point]) => `${at} ${y(point.low)}`).join("L")}Z`;
  };
  const line = (piece: Point[]) => {
    const points = piece.length > 1 ? piece.map((point) => [x(point.index), point] as const) : [-0.45, 0.45].map((by) => [x(piece[0].index + by), piece[0]] as const);
    return `M${points.map(([at, point]) => `${at} ${y(point.high)}`).join("L")}`;
  };
  const xOf = (time: number) => LEFT + ((time - series.from) / Math.max(1, series.to - series.from)) * plot;
  const tags = placeTags(releases.filter((one) => one.at <= series.to), xOf, LEFT + plot);
  const periods = alerts.flatMap((alert) => alert.periods).filter((period) => period.to > series.from && period.from < series.to);
  const fires = firing(alerts);
  const firesFrom = xOf(Math.max(series.from, ...fires.map((alert) => alert.periods.at(-1)?.from ?? series.to)));
  const at = hover !== null && columns.count[hover] > 0 ? hover : null;
  return (
    <div className="reply-chart" ref={ref}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="application" tabIndex={0} aria-label="Percentiles over time: arrows move, enter opens the turns of a step"
          onKeyDown={(event) => {
            const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
            if (event.key === "Enter" && at !== null) pick(at);
            if (by === 0) return;
            event.preventDefault();
            setHover(Math.min(steps - 1, Math.max(0, (hover ?? steps) + by)));
          }}
          onClick={() => at !== null && pick(at)} onBlur={() => setHover(null)}
          onPointerMove={(event) => setHover(Math.min(steps - 1, Math.max(0, Math.floor(((event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT) / plot) * steps))))}
          onPointerLeave={() => setHover(null)}>
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <g key={share}><line className="hair" x1={LEFT} x2={width - 6} y1={y(top * share)} y2={y(top * share)} />
              <text className="axis" x={LEFT - 8} y={y(top * share) + 3.5} textAnchor="end">{(top * share) / 1000 < 10 ? ((top * share) / 1000).toFixed(1) : Math.round((top * share) / 1000)} s</text></g>
          ))}
          {periods.map(({ from, to }, index) => <rect key={index} className="alert-tint" x={Math.max(LEFT, xOf(from))} y={TOP} width={Math.max(1, Math.min(LEFT + plot, xOf(to)) - Math.max(LEFT, xOf(from)))} height={HEIGHT - TOP - BOTTOM} />)}
          {bandPieces(columns, "p95", "p99").map((piece) => <path key={piece[0].index} className="band p99" d={area(piece)} />)}
          {bandPieces(columns, "p90", "p95").map((piece) => <path key={piece[0].index} className="band p95" d={area(piece)} />)}
          {bandPieces(columns, "p50", "p90").map((piece) => <path key={piece[0].index} className="band p90" d={area(piece)} />)}
          {bandPieces(columns, null, "p95").map((piece) => <path key={piece[0].index} className="line p95" d={line(piece)} />)}
          {bandPieces(columns, null, "p50").map((piece) => <path key={piece[0].index} className="line p50" d={line(piece)} />)}
          {goal !== null && <line className="goal-line" x1={LEFT} x2={width - 6} y1={y(goal)} y2={y(goal)} />}
          {tags.map((tag) => <line key={tag.release.kind + tag.release.name} className="release-line" x1={tag.at} x2={tag.at} y1={TOP} y2={HEIGHT - BOTTOM} />)}
          {[0, 0.25, 0.5, 0.75].map((share) => <text key={share} className="axis" x={LEFT + share * plot} y={HEIGHT - 5}>{axisTime(series.from + share * (series.to - series.from), series.to - series.from)}</text>)}
          {at !== null && (
            <g className="crosshair"><line x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} />
              {(["p50", "p95"] as const).map((key) => columns[key][at] !== null && <circle key={key} cx={x(at)} cy={y(columns[key][at]!)} r={3.5} />)}</g>
          )}
        </svg>
      )}
      {width > 0 && tags.map(({ release, at: line, row, left }) => (
        <Link key={release.kind + release.name} className="release-tag num clip" to={`/p/${project}/conversations?${new URLSearchParams({ [release.kind]: release.name })}`}
          style={{ top: TOP + row * TAG_ROW, ...(left ? { right: width - line + 3 } : { left: line + 3 }) }} title={`${release.kind} ${release.name}, first call ${started(release.at)}`}>{release.name}</Link>
      ))}
      {width > 0 && fires.length > 0 && (
        <span className="alert-tag num" style={{ top: TOP + (Math.max(-1, ...tags.map((tag) => tag.row)) + 1) * TAG_ROW, ...(firesFrom > width / 2 ? { right: width - firesFrom + 3 } : { left: firesFrom + 3 }) }}>
          {plural(fires.length, "alert")} firing</span>
      )}
      {at !== null && (
        <div className="chart-card num" style={x(at) > width / 2 ? { right: width - x(at) + 10 } : { left: x(at) + 10 }}>
          <b>{started(series.time[at])}</b>
          <span>p50 <i>{duration(columns.p50[at])}</i></span><span>p90 <i>{duration(columns.p90[at])}</i></span><span>p95 <i>{duration(columns.p95[at])}</i></span><span>p99 <i>{duration(columns.p99[at])}</i></span>
          <span>{plural(columns.count[at], goal === null ? "call" : "reply", goal === null ? "calls" : "replies")}</span>
          <span className="acc">{goal === null ? "click for its turns" : "click for its slow turns"}</span>
        </div>
      )}
    </div>
  );
}
