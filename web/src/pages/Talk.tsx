// Talk with the agent, and watch the trace of the talk grow beside it.
import { useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { mountTalk, type Talk } from "../../talk/talk";
import { usePage, useSpans } from "../api/data";
import { useLive } from "../api/live";
import type { Conversation } from "../api/types";
import { Button, useNow } from "../components/bits";
import { Top } from "../components/Shell";
import { State } from "../components/states";
import { plural } from "../lib/format";
import { rangeOf, spanTree } from "../lib/tree";
import { SpanRows } from "./conversation/SpanRows";

interface Started { id: string; at: number }

/** Clocks of browser and server may differ by so much. */
const SLACK_MS = 5000;

/** The row of that conversation; until it tells its id, the newest call that began with the talk. */
function rowOf(rows: ReadonlyMap<string, Conversation>, started: Started): Conversation | null {
  const all = [...rows.values()];
  const named = all.find((row) => row.session === started.id || row.title === started.id);
  return named ?? all.filter((row) => row.live && row.start > started.at - SLACK_MS).pop() ?? null;
}

function Trace({ started }: { started: Started | null }) {
  const { project, live } = usePage();
  const { conversations } = useLive(live);
  const row = started === null ? null : rowOf(conversations, started);
  const query = useSpans(project, row?.id ?? "", null, row !== null);
  const now = useNow(row?.live ?? false);
  const spans = query.data?.spans;
  const rows = useMemo(() => spanTree(spans ?? []), [spans]);
  const range = useMemo(() => rangeOf(spans ?? [], now), [spans, row?.live ? now : 0]);
  const address = `/p/${project}/conversations/${row?.id ?? ""}`;
  return (
    <>
      <header>
        <b>Trace</b><small className="dim num">{spans && plural(spans.length, "span")}</small><span className="spacer" />
        {row !== null && <a className="acc" href={address} target="_blank" rel="noopener">open</a>}
      </header>
      {rows.length > 0
        ? <SpanRows rows={rows} range={range} now={now} chosen={null} choose={(span) => open(`${address}?span=${span}`, "_blank", "noopener")} guides={false} bars tall />
        : <State title={started === null ? "The trace of your talk grows here" : "Waiting for the first span"}>Each span shows as it begins and again as it ends.</State>}
    </>
  );
}

/** Only the document that was loaded as this page may run sound: its security policy says so. */
function cameAsTalk(): boolean {
  const [entry] = performance.getEntriesByType("navigation");
  return entry === undefined || new URL(entry.name).pathname === location.pathname;
}

function NoAgent() {
  return (
    <>
      <Top><h1>Talk</h1></Top>
      <State title="No agent to talk with" actions={<Button onClick={() => location.reload()}>Look again</Button>}>
        “repartee up” starts one beside the server; “repartee serve --agent-url URL” names one that runs elsewhere.
      </State>
    </>
  );
}

export function TalkPage() {
  const { session, project } = usePage();
  const agent = session.talk_url;
  const place = useRef<HTMLDivElement>(null);
  const [talk, setTalk] = useState<Talk | null>(null);
  const [started, setStarted] = useState<Started | null>(null);
  useEffect(() => {
    if (agent === null || place.current === null) return;
    if (!cameAsTalk()) return location.reload();
    const mounted = mountTalk(place.current, {
      agent, traced: true, dashboard: `${location.origin}/p/${project}/conversations`,
      onConversation: (id) => setStarted({ id, at: Date.now() }),
    });
    setTalk(mounted);
    return () => mounted.end();
  }, [agent, project]);
  if (agent === null) return <NoAgent />;
  return (
    <>
      <div ref={place} />
      {talk !== null && createPortal(<Trace started={started} />, talk.trace)}
    </>
  );
}
