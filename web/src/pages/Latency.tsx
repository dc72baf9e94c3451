// How long callers wait, and for what.
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { useHeatmap, useLatency, usePage, useReleases, useReplyParts, useSeries, useSlowest, useTurnsOf } from "../api/data";
import { useAlerts } from "../api/alerts";
import type { Series } from "../api/types";
import { Button, Segments } from "../components/bits";
import { Top } from "../components/Shell";
import { Failure, FailureBar, Skeleton, State } from "../components/states";
import { type Box, boxOfStep, boxText, boxWords, readBox } from "../lib/box";
import { plural, REPLY_SLOW, started } from "../lib/format";
import { releasesSince } from "../lib/releases";
import { AlertsCard } from "./latency/Alerts";
import { HeatmapView } from "./latency/Heatmap";
import { Kpis } from "./latency/Kpis";
import { ReplyChart } from "./latency/ReplyChart";
import { Services } from "./latency/Services";
import { Turns } from "./latency/Turns";
import { WhereTimeGoes } from "./latency/WhereTimeGoes";

const HOUR = 3_600_000;
const RANGES = { "1h": { length: HOUR, step: 60_000, name: "1 h" }, "24h": { length: 24 * HOUR, step: 900_000, name: "24 h" }, "7d": { length: 168 * HOUR, step: 2 * HOUR, name: "7 d" } } as const;
type RangeName = keyof typeof RANGES;
const COURSES = { reply: "Caller → bot", stt_ttfb: "Speech to text", llm_ttfb: "Language model", tts_ttfb: "Voice" } as const;
type CourseName = keyof typeof COURSES;
const SLOWEST = 8;

function Chart({ series, course, choose, length }: { series: Series; course: CourseName; choose: (box: Box) => void; length: number }) {
  const { project } = usePage();
  const facets = useReleases(project, length).data;
  const releases = useMemo(() => (facets ? releasesSince(facets, series.from) : []), [facets, series.from]);
  const alerts = useAlerts(project).data?.filter((alert) => !alert.muted && alert.metric.startsWith(course.replace("_ttfb", "_"))) ?? [];
  const columns = series[course];
  const all = columns.count.reduce((sum, count) => sum + count, 0);
  const isReply = course === "reply";
  return (
    <section className="card chart">
      <header><b>{isReply ? "Caller stopped → bot audible" : `${COURSES[course]}: time to first result`}</b><small className="num">{plural(all, isReply ? "reply" : "call", isReply ? "replies" : "calls")}</small><span className="spacer" />
        <span className="keys-of">{releases.length > 0 && <><i className="k-release" /> new release </>}{isReply && <><i className="k-goal" /> goal p95</>} <i className="k-p50" /> p50 <i className="k-p90" /> p90 <i className="k-p95" /> p95 <i className="k-p99" /> p99</span></header>
      <ReplyChart series={series} columns={columns} releases={releases} alerts={alerts} project={project} goal={isReply ? REPLY_SLOW : null} pick={(index) => choose(boxOfStep(series.time[index], series.step, isReply ? REPLY_SLOW : 0))} />
    </section>
  );
}

function TurnsCard({ length, box, clear }: { length: number; box: Box | null; clear: () => void }) {
  const { project } = usePage();
  const slowest = useSlowest(project, length);
  const chosen = useTurnsOf(project, box);
  const query = box === null ? slowest : chosen;
  const turns = query.data?.turns.slice(0, box === null ? SLOWEST : undefined);
  return (
    <section className="card turns-card" aria-live="polite">
      <header><b>{box === null ? "Slowest turns" : "Turns in the box"}</b>{box !== null && <><small className="num">{boxWords(box)}</small><span className="spacer" /><Button small icon="cross" onClick={clear}>Clear</Button></>}</header>
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {!turns && query.isPending && <Skeleton rows={4} height={34} />}
      {turns?.length === 0 && <p className="none sub">No turn with a reply here.</p>}
      {turns && <Turns turns={turns} project={project} />}
    </section>
  );
}

export function LatencyPage() {
  const { project } = usePage();
  const [params, setParams] = useSearchParams();
  const range = (Object.keys(RANGES) as RangeName[]).find((name) => name === params.get("range")) ?? "24h";
  const course = (Object.keys(COURSES) as CourseName[]).find((name) => name === params.get("of")) ?? "reply";
  const box = readBox(params.get("box"));
  const put = (key: string, value: string | null) => setParams((old) => {
    if (value === null) old.delete(key);
    else old.set(key, value);
    return old;
  });
  const choose = (next: Box) => put("box", boxText(next));
  const { length, step, name } = RANGES[range];
  const latency = useLatency(project, length);
  const before = useLatency(project, length, length).data;
  const series = useSeries(project, length, step);
  const heatmap = useHeatmap(project, length, 2 * step).data;
  const parts = useReplyParts(project, length).data;
  const data = latency.data;
  return (
    <>
      <Top>
        <h1>Latency</h1>
        <span className="hide-narrow"><Segments label="Of what" value={course} onChange={(value) => put("of", value === "reply" ? null : value)} options={Object.entries(COURSES) as [CourseName, string][]} /></span>
        <span className="spacer" />
        <Segments label="Range" value={range} onChange={(value) => put("range", value)} options={(Object.keys(RANGES) as RangeName[]).map((key) => [key, RANGES[key].name])} />
      </Top>
      {latency.isError && data && <FailureBar error={latency.error} retry={() => void latency.refetch()} />}
      <div className={`latency-page ${latency.isPlaceholderData ? "old" : ""}`}>
        {!data && latency.isPending && <Skeleton rows={8} height={60} />}
        {!data && latency.isError && <Failure error={latency.error} retry={() => void latency.refetch()} />}
        {data && data.turns === 0 && <State title={`No turn in the last ${name}`}>Choose a longer range, or make a call: figures follow by themselves.</State>}
        {data && data.turns > 0 && (
          <>
            {data.searched_from > data.from && <div className="banner warn"><span>There is too much to look at: these are the figures since {started(data.searched_from)}.</span></div>}
            <Kpis data={data} before={before} series={series.data} heatmap={heatmap} />
            {series.data ? <Chart series={series.data} course={course} choose={choose} length={length} /> : series.isError ? <Failure error={series.error} retry={() => void series.refetch()} /> : <section className="card chart" />}
            {parts ? <WhereTimeGoes parts={parts} choose={choose} /> : <section className="card" />}
            {data.services.length > 0 && <Services data={data} before={before} project={project} />}
            {heatmap && (
              <section className="card"><header><b>Reply time</b><small>drag a box to open its turns</small></header>
                <HeatmapView map={heatmap} box={box} choose={choose} /></section>
            )}
            <TurnsCard length={length} box={box} clear={() => put("box", null)} />
          </>
        )}
        {data && <AlertsCard />}
      </div>
    </>
  );
}
