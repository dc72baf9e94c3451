// An empty project: how to send the first trace. It gives way by itself when one arrives.
import { useState } from "react";
import { useIngestHealth } from "../api/data";
import type { Session } from "../api/types";
import { Segments } from "../components/bits";
import { Icon } from "../components/Icon";
import { Top } from "../components/Shell";
import { Snippet } from "../components/Snippet";
import { plural } from "../lib/format";
import { type Sender, snippet } from "../lib/snippets";

function Wave() {
  const bars = Array.from({ length: 92 }, (_, index) => {
    const swell = Math.abs(Math.sin(index * 0.21) * Math.sin(index * 0.053 + 0.6)) ** 1.4;
    return { x: index * 7.4, height: 3 + swell * 30 * (0.6 + 0.4 * Math.abs(Math.sin(index * 2.7))), bot: Math.sin(index * 0.21 - 0.4) > 0 };
  });
  return (
    <svg className="wave" viewBox="0 0 680 40" aria-hidden="true">
      {bars.map((bar) => (
        <rect key={bar.x} className={bar.bot ? "s-bot" : "s-caller"} x={bar.x} y={20 - bar.height / 2} width="2.6" height={bar.height} rx="1.3" />
      ))}
    </svg>
  );
}

function Refused({ project }: { project: string }) {
  const health = useIngestHealth(project);
  const recent = health.data?.refused ?? [];
  if (recent.length === 0) return null;
  const all = recent.reduce((sum, refusal) => sum + refusal.count, 0);
  const newest = recent[0];
  return (
    <div className="refused" role="status">
      <span className="dot warn" />
      <div>
        <b>{plural(all, "request was", "requests were")} refused</b>
        <span className="sub">{newest.status} from {newest.from}: {newest.reason}. {newest.fix}</span>
      </div>
    </div>
  );
}

export function FirstRun({ session, project }: { session: Session; project: string }) {
  const [sender, setSender] = useState<Sender>("pipecat");
  const name = session.projects.find((known) => known.id === project)?.name ?? project;
  const text = snippet(sender, session);
  const { http, otlp_http, otlp_grpc } = session.endpoints;
  const ports = ([[http, "HTTP"], [otlp_http, "OTLP over HTTP"], [otlp_grpc, "gRPC"]] as const)
    .flatMap(([endpoint, what]) => (endpoint ? [`${endpoint.match(/:(\d+)/)?.[1] ?? endpoint} (${what})`] : []));

  return (
    <>
      <Top><h1>Conversations</h1></Top>
      <div className="first-run">
        <div>
          <Wave />
          <h2>Hear your first conversation</h2>
          <p className="sub lead">Point any OpenTelemetry exporter here. Nothing to install beside this server.</p>
          <ol>
            <li>
              <span className="step done"><Icon name="check" size={13} /></span>
              <div><b>Key created for project “{name}”</b>
                <span className="dim">Public key <span className="mono">{session.public_key}</span>. The secret was printed once, at the first start; “repartee keys new” makes another.</span></div>
            </li>
            <li>
              <span className="step">2</span>
              <div>
                <div className="step-head"><b>Set the environment</b>
                  <Segments label="Sender" value={sender} onChange={setSender}
                    options={[["pipecat", "Pipecat"], ["repartee", "Repartee"], ["langfuse", "Langfuse SDK"], ["curl", "curl"]]} /></div>
                <Snippet text={text} label="Copy the lines" />
              </div>
            </li>
            <li>
              <span className="step">3</span>
              <div><b>Make a call</b>
                <span className="row-actions">
                  {session.talk_url && <a className="btn primary" href={`/p/${project}/talk`}><Icon name="talk" size={14} />Talk to the agent</a>}
                  <span className="dim listening"><span className="dot accent pulse" />Listening on {ports.join(", ")} · opens by itself</span>
                </span></div>
            </li>
          </ol>
          <Refused project={project} />
        </div>
      </div>
    </>
  );
}
