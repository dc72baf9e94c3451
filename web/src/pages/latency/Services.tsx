// Each service's time to its first result, beside the period before.
import { Link } from "react-router";
import type { Latency } from "../../api/types";
import { change } from "../../lib/kpis";
import { count, duration } from "../../lib/format";

type Service = Latency["services"][number];
const WORDS = { stt: "final transcript", llm: "first token", tts: "first byte" };
const BAR = 3.6;
const HEIGHT = 18;

const keyOf = (service: Service) => `${service.stage} ${service.provider} ${service.model}`;

function Distribution({ service, bars }: { service: Service; bars: number[] }) {
  const most = Math.max(1, ...service.distribution);
  return (
    <svg className="distribution" width={service.distribution.length * BAR} height={HEIGHT} role="img" aria-label={`Half within ${duration(service.ttfb.p50)}`}>
      {service.distribution.map((value, index) => {
        const height = value === 0 ? 0 : Math.max(1.5, (value / most) * HEIGHT);
        return <rect key={index} className={`f-${service.stage}`} x={index * BAR} y={HEIGHT - height} width={BAR - 0.8} height={height}><title>{`${index < bars.length ? `under ${duration(bars[index])}` : `over ${duration(bars[index - 1])}`}: ${count(value)}`}</title></rect>;
      })}
    </svg>
  );
}

function Row({ service, before, bars, project }: { service: Service; before: Service | undefined; bars: number[]; project: string }) {
  const by = change(service.ttfb.p95, before?.ttfb.p95 ?? null, "less");
  const name = <><b>{service.stage.toUpperCase()}</b> <span className="sub">{[service.provider, service.model].filter(Boolean).join(" · ")}</span></>;
  return (
    <tr>
      <td><i className={`sq m-${service.stage}`} /> {service.model === null ? name : <Link to={`/p/${project}/spans?attribute=${encodeURIComponent(`gen_ai.request.model=${service.model}`)}`}>{name}</Link>}</td>
      <td className="dim">{WORDS[service.stage]}</td>
      <td><Distribution service={service} bars={bars} /></td>
      <td className="r num">{duration(service.ttfb.p50)}</td><td className="r num">{duration(service.ttfb.p95)}</td><td className="r num sub">{duration(service.ttfb.p99)}</td>
      <td className="r num sub">{count(service.calls)}</td>
      <td className={`r num ${service.errors > 0 ? "bad" : "dim"}`}>{((service.errors / Math.max(1, service.calls)) * 100).toFixed(2)} %</td>
      <td className={`r num ${by?.tone === "bad" ? "bad" : by?.tone === "good" ? "good" : "dim"}`}>{by?.text ?? "–"}</td>
    </tr>
  );
}

export function Services({ data, before, project }: { data: Latency; before: Latency | undefined; project: string }) {
  const old = new Map(before?.services.map((service) => [keyOf(service), service]));
  return (
    <section className="card services">
      <header><b>Services</b><small>time to first result</small></header>
      <div className="span-table" role="group" aria-label="Services" tabIndex={0}>
        <table>
          <thead><tr><th>Service</th><th>Measure</th><th>Distribution</th><th className="r">p50</th><th className="r">p95</th><th className="r">p99</th><th className="r">Calls</th><th className="r">Errors</th><th className="r">p95 vs before</th></tr></thead>
          <tbody>{data.services.map((service) => <Row key={keyOf(service)} service={service} before={old.get(keyOf(service))} bars={data.bars} project={project} />)}</tbody>
        </table>
      </div>
    </section>
  );
}
