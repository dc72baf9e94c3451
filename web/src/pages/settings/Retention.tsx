// How long conversations are kept, and what a shorter time would free.
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import { usePage } from "../../api/data";
import { useChange, useProjects, useServer } from "../../api/settings";
import type { Retention } from "../../api/types";
import { Button, Pill } from "../../components/bits";
import { plural, started } from "../../lib/format";
import { Asked, bytes, Fault, Section } from "./parts";

const CHOICES: [number | null, string][] = [[7, "7 days"], [30, "30 days"], [90, "90 days"], [365, "a year"], [null, "for ever"]];

const DAY_MS = 86_400_000;

function useWouldFree(days: number | null) {
  const { project } = usePage();
  return useQuery({
    queryKey: ["settings", project, "retention", days],
    queryFn: ({ signal }) => get<Retention>(`/api/ui/retention?project=${encodeURIComponent(project)}&days=${days}`, signal),
    enabled: days !== null, retry: false, staleTime: 0,
  });
}

function Unsaved({ days, now, undo }: { days: number | null; now: number | null; undo: () => void }) {
  const { session, project } = usePage();
  const free = useWouldFree(days);
  const save = useChange<{ retention_days: number | null }>("PATCH", () => `projects/${encodeURIComponent(project)}`);
  const words = (value: number | null) => (value === null ? "for ever" : plural(value, "day"));
  return (
    <div className="unsaved" role="status">
      <p><b>{words(now)} → {words(days)}{free.data ? ` would free ${bytes(free.data.bytes)}` : ""}</b><span className="end"><Pill tone="warn">not saved</Pill></span></p>
      <p className="sub">{days === null ? "Nothing is deleted by age." : free.data
        ? `${plural(free.data.traces, "conversation")} from before ${started(Date.now() - days * DAY_MS)} would be deleted, with their recordings.`
        : "Conversations that began before this are deleted, with their recordings."}</p>
      <Fault error={save.error} />
      <div className="made-row"><Button tone="primary" onClick={() => session.role === "owner" && save.mutate({ retention_days: days }, { onSuccess: undo })}>{days === null ? "Save, delete nothing by age" : "Save and delete what is older"}</Button><Button tone="ghost" onClick={undo}>Undo change</Button></div>
      {session.role !== "owner" && <p className="dim">Only an owner may change this.</p>}
    </div>
  );
}

export function RetentionSection() {
  const { project } = usePage();
  const query = useProjects();
  const server = useServer();
  const now = query.data?.projects.find((known) => known.id === project)?.retention_days ?? null;
  const [wanted, setWanted] = useState<number | null | undefined>(undefined);
  const shown = wanted === undefined ? now : wanted;
  const space = server.data?.data;
  const known = CHOICES.some(([value]) => value === now) ? CHOICES : [[now, plural(now!, "day")] as [number, string], ...CHOICES];
  return (
    <Section title="Retention" note={space?.bytes != null && `${bytes(space.bytes)} on disk${space.free_bytes === null ? "" : `, ${bytes(space.free_bytes)} free`}`}>
      {space?.bytes != null && space.free_bytes != null && <div className="disk" role="img" aria-label={`${bytes(space.bytes)} of ${bytes(space.bytes + space.free_bytes)} used by traces`}><i style={{ width: `${Math.max(0.5, (space.bytes / (space.bytes + space.free_bytes)) * 100)}%` }} /></div>}
      <Asked query={query}>
        <fieldset className="choice-row"><legend>Conversations, spans and recordings are kept</legend>
          {known.map(([value, word]) => (
            <label key={word} className={`pill toggle ${value === shown ? "accent" : ""}`}><input type="radio" name="retention" checked={value === shown} onChange={() => setWanted(value)} />{word}</label>
          ))}
        </fieldset>
        {wanted !== undefined && wanted !== now && <Unsaved days={wanted} now={now} undo={() => setWanted(undefined)} />}
      </Asked>
    </Section>
  );
}
