// How long callers wait, and for what.
import { useState } from "react";
import { Link } from "react-router";
import { useLatency, useSeries, usePage } from "../api/data";
import type { Latency } from "../api/types";
import { Reply, Segments } from "../components/bits";
import { Top } from "../components/Shell";
import { Failure, FailureBar, Skeleton, State } from "../components/states";
import { count, duration, plural, started, startedShort } from "../lib/format";
import { ReplyChart } from "./latency/ReplyChart";

const HOUR = 3_600_000;
const RANGES = { "1h": { length: HOUR, step: 60_000, name: "1 h" }, "24h": { length: 24 * HOUR, step: 900_000, name: "24 h" }, "7d": { length: 168 * HOUR, step: 2 * HOUR, name: "7 d" } } as const;
type RangeName = keyof typeof RANGES;

function Figures({ data }: { data: Latency }) {
  const rate = data.turns > 0 ? `${((data.interrupted / data.turns) * 100).toFixed(1)} %` : "–";
  return (
    <div className="kpis">
      <div className="card"><span>Reply p50</span><b className="num"><Reply value={data.reply.p50} /></b></div>
      <div className="card"><span>Reply p95</span><b className="num"><Reply value={data.reply.p95} /></b></div>
      <div className="card"><span>Reply p99</span><b className="num"><Reply value={data.reply.p99} /></b></div>
      <div className="card"><span>Slowest</span><b className="num"><Reply value={data.reply.max} /></b></div>
      <div className="card"><span>Turns</span><b className="num">{count(data.turns)}</b></div>
      <div className="card"><span>Barge-in rate</span><b className="num">{rate}</b></div>
    </div>
  );
}

function Parts({ data }: { data: Latency }) {
  const most = Math.max(1, ...data.contributions.map((part) => part.duration.p95 ?? part.mean));
  return (
    <section className="card">
      <header><b>Where the time goes</b><small className="num">mean, and p95 as a line · {plural(data.contribution_turns, "turn")}</small></header>
      <div className="parts">
        {data.contributions.map((part) => (
          <div key={part.name} title={`${part.name}: mean ${duration(part.mean)}, p50 ${duration(part.duration.p50)}, p95 ${duration(part.duration.p95)}`}>
            <span className="clip">{part.name}</span>
            <span className="track"><i className={`p-${part.stage}`} style={{ width: `${(part.mean / most) * 100}%` }} />
              {part.duration.p95 !== null && <u style={{ left: `${(part.duration.p95 / most) * 100}%` }} />}</span>
            <span className="r num">{duration(part.mean)}</span>
          </div>
        ))}
      </div>
    </section>
  );
}

function Services({ data }: { data: Latency }) {
  const words = { stt: "final transcript", llm: "first token", tts: "first byte" };
  return (
    <section className="card">
      <header><b>Services</b><small>time to first result</small></header>
      <div className="span-table" role="group" aria-label="Services" tabIndex={0}>
        <table>
          <thead><tr><th>Service</th><th>Measure</th><th className="r">p50</th><th className="r">p95</th><th className="r">p99</th><th className="r">Calls</th><th className="r">Errors</th></tr></thead>
          <tbody>
            {data.services.map((service) => (
              <tr key={`${service.stage} ${service.provider} ${service.model}`}>
                <td><i className={`sq m-${service.stage}`} /> <b>{service.stage.toUpperCase()}</b> <span className="sub">{[service.provider, service.model].filter(Boolean).join(" · ")}</span></td>
                <td className="dim">{words[service.stage]}</td>
                <td className="r num">{duration(service.ttfb.p50)}</td><td className="r num">{duration(service.ttfb.p95)}</td><td className="r num">{duration(service.ttfb.p99)}</td>
                <td className="r num sub">{count(service.calls)}</td>
                <td className={`r num ${service.errors > 0 ? "bad" : "dim"}`}>{count(service.errors)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Slowest({ data, project }: { data: Latency; project: string }) {
  const most = data.slowest[0]?.reply ?? 1;
  return (
    <section className="card">
      <header><b>Slowest turns</b></header>
      <div className="slowest">
        {data.slowest.slice(0, 10).map((turn) => (
          <Link key={turn.span_id} to={`/p/${project}/conversations/${turn.conversation_id}?turn=${turn.label.replace(/\D/g, "")}`}>
            <span className="num sub">{startedShort(turn.start)}</span><b>{turn.label}</b>
            <span className="track"><i className="p-slow" style={{ width: `${(turn.reply / most) * 100}%` }} /></span>
            <span className="r num"><Reply value={turn.reply} /></span>
          </Link>
        ))}
      </div>
    </section>
  );
}

export function LatencyPage() {
  const { project } = usePage();
  const [range, setRange] = useState<RangeName>("24h");
  const { length, step, name } = RANGES[range];
  const latency = useLatency(project, length);
  const series = useSeries(project, length, step);
  const data = latency.data;
  return (
    <>
      <Top>
        <h1>Latency</h1><span className="dim hide-narrow">caller stopped → bot audible</span><span className="spacer" />
        <Segments label="Range" value={range} onChange={setRange} options={(Object.keys(RANGES) as RangeName[]).map((key) => [key, RANGES[key].name])} />
      </Top>
      {latency.isError && data && <FailureBar error={latency.error} retry={() => void latency.refetch()} />}
      <div className={`latency-page ${latency.isPlaceholderData ? "old" : ""}`}>
        {!data && latency.isPending && <Skeleton rows={8} height={60} />}
        {!data && latency.isError && <Failure error={latency.error} retry={() => void latency.refetch()} />}
        {data && data.turns === 0 && <State title={`No turn in the last ${name}`}>Choose a longer range, or make a call: figures follow by themselves.</State>}
        {data && data.turns > 0 && (
          <>
            {data.searched_from > data.from && <div className="banner warn"><span>There is too much to look at: these are the figures since {started(data.searched_from)}.</span></div>}
            <Figures data={data} />
            <section className="card chart"><header><b>Caller stopped → bot audible</b><small className="num">{plural(data.reply.count, "reply", "replies")}</small><span className="spacer" />
              <span className="keys-of"><i className="k-goal" /> goal p95 <i className="k-p50" /> p50 <i className="k-p95" /> p95 <i className="k-p99" /> p99</span></header>
              {series.data && <ReplyChart series={series.data} />}
              {series.isError && <Failure error={series.error} retry={() => void series.refetch()} />}
            </section>
            <Parts data={data} />
            {data.services.length > 0 && <Services data={data} />}
            <Slowest data={data} project={project} />
          </>
        )}
      </div>
    </>
  );
}
