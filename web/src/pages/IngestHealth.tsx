// Why traces are missing: what came, and each refusal with its reason and what to do.
import { useIngestHealth, usePage } from "../api/data";
import { useLive } from "../api/live";
import { Pill } from "../components/bits";
import { Snippet } from "../components/Snippet";
import { Failure, Skeleton } from "../components/states";
import { ago, count, duration, plural, startedShort, timeTitle } from "../lib/format";
import { snippet } from "../lib/snippets";

export function IngestHealthSection() {
  const { session, project, live } = usePage();
  const { stats } = useLive(live);
  const query = useIngestHealth(project);
  const data = query.data;
  const lines = snippet("pipecat", session);
  const refused = data?.refused.reduce((sum, refusal) => sum + refusal.count, 0) ?? 0;
  return (
    <div className="health-page">
        {query.isPending && <Skeleton rows={6} height={45} />}
        {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
        {data && (
          <section className="card">
            <div className="health-figures">
              <div><span>Accepted since the start</span><b className="num">{plural(data.spans, "span")}</b></div>
              <div><span>Requests</span><b className="num">{count(data.requests)}</b></div>
              <div><span>Refused</span><b className={`num ${refused > 0 ? "bad" : ""}`}>{plural(refused, "request")}</b></div>
              <div><span>Last received</span><b className="num">{data.last_received === null ? "nothing yet" : ago(data.last_received)}</b></div>
              {stats?.lag_ms != null && <div><span>Lag, received → shown</span><b className="num">{duration(stats.lag_ms)}</b></div>}
            </div>
            {data.refused.length === 0 ? <p className="dim none">No request was refused. What is missing was not sent here: the lines below say where to.</p> : (
              <div className="span-table refusals" role="group" aria-label="Refusals" tabIndex={0}>
                <table>
                  <thead><tr><th>Received ↓</th><th>From</th><th>Path</th><th>Answer</th><th>Reason · fix</th></tr></thead>
                  <tbody>
                    {data.refused.map((refusal, index) => (
                      <tr key={index}>
                        <td className="num" title={timeTitle(refusal.time)}>{startedShort(refusal.time)}{refusal.count > 1 && <span className="dim"> × {refusal.count}</span>}</td>
                        <td>{refusal.from}</td><td className="mono">{refusal.path}</td><td><Pill tone="bad">{refusal.status}</Pill></td>
                        <td className="reason">{refusal.reason.replace(/\.$/, "")}<span className="dim"> · {refusal.fix}</span></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </section>
        )}
        <section className="card">
          <header><b>Where programs send to</b><small>public key <span className="mono">{session.public_key}</span></small></header>
          <Snippet text={lines} label="Copy the lines" plain />
        </section>
    </div>
  );
}
