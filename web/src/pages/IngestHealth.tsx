// Why traces are missing: what came in the last hour, and each refusal with its reason and what to do.
import { useState } from "react";
import { useIngestHealth, usePage } from "../api/data";
import { useLive } from "../api/live";
import { Segments } from "../components/bits";
import { Icon } from "../components/Icon";
import { Snippet } from "../components/Snippet";
import { Failure, Skeleton } from "../components/states";
import { ago, count, duration, plural } from "../lib/format";
import { dayNames } from "../lib/ingest";
import { snippet } from "../lib/snippets";
import { IngestChart } from "./settings/IngestChart";
import { Refusals, Requests } from "./settings/Requests";

export function IngestHealthSection() {
  const { session, project, live } = usePage();
  const { stats } = useLive(live);
  const query = useIngestHealth(project);
  const [shown, setShown] = useState<"all" | "refused">("all");
  const data = query.data;
  const refused = data?.refused.reduce((sum, refusal) => sum + refusal.count, 0) ?? 0;
  return (
    <div className="health-page">
        {query.isPending && <Skeleton rows={6} height={45} />}
        {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
        {data && data.damaged_days.length > 0 && (
          <p className="banner warn" role="alert"><Icon name="warn" /><span><b>Conversations of {dayNames(data.damaged_days)} may be missing:</b> the file of that day is damaged. The server’s log names it; spans that still come for it begin a new one.</span></p>
        )}
        {data && (
          <section className="card">
            <header><b>Ingest health</b><small>why traces may be missing</small><span className="spacer" />
              <Segments label="Which requests" value={shown} onChange={setShown} options={[["all", "All"], ["refused", <>Refused <span className="num">{count(refused)}</span></>]]} /></header>
            <div className="health-figures">
              <div><span>Accepted since the start</span><b className="num">{plural(data.spans, "span")}</b></div>
              <div><span>Requests</span><b className="num">{count(data.requests)}</b></div>
              <div><span>Refused</span><b className={`num ${refused > 0 ? "bad" : ""}`}>{plural(refused, "request")}</b></div>
              <div><span>Last received</span><b className="num">{data.last_received === null ? "nothing yet" : ago(data.last_received)}</b></div>
              {stats?.lag_ms != null && <div><span>Lag, received → shown</span><b className="num">{duration(stats.lag_ms)}</b></div>}
            </div>
            <IngestChart hour={data.hour} />
            {shown === "all" ? <Requests received={data.received} /> : <Refusals refused={data.refused} />}
          </section>
        )}
        <section className="card">
          <header><b>Where programs send to</b><small>public key <span className="mono">{session.public_key}</span></small></header>
          <Snippet text={snippet("pipecat", session)} label="Copy the lines" plain />
        </section>
    </div>
  );
}
