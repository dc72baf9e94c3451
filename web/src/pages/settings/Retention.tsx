// How long conversations and their recordings are kept, and what a shorter time would free.
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import { usePage } from "../../api/data";
import { useChange, useProjects, useServer } from "../../api/settings";
import type { Retention } from "../../api/types";
import { Button, Pill } from "../../components/bits";
import { plural, started } from "../../lib/format";
import { Asked, bytes, Fault, Section } from "./parts";

/** Of what: conversations with all that is theirs, or their recordings alone. */
type Kind = "days" | "recording_days";
/** `null`: for ever, or as long as their conversation. */
type Days = number | null;

const CHOICES: [number, string][] = [[7, "7 days"], [30, "30 days"], [90, "90 days"], [365, "a year"]];
const NEVER: Record<Kind, string> = { days: "for ever", recording_days: "as long as their call" };
const DAY_MS = 86_400_000;

const words = (kind: Kind, days: Days) => (days === null ? NEVER[kind] : plural(days, "day"));

/** As the project keeps now, and what those of `kind` would free. */
function useRetentionOf(kind: Kind, days: Days | undefined) {
  const { project } = usePage();
  return useQuery({
    queryKey: ["settings", project, "retention", kind, days],
    queryFn: ({ signal }) => get<Retention>(`/api/ui/retention?project=${encodeURIComponent(project)}${days == null ? "" : `&${kind}=${days}`}`, signal),
    retry: false, staleTime: 0,
  });
}

function freed(kind: Kind, { traces, bytes: room, freed_recordings }: Retention) {
  return kind === "days" ? { room, what: plural(traces, "conversation") } : { room: freed_recordings.bytes, what: plural(freed_recordings.count, "recording") };
}

const STAYS: Record<Kind, string> = { days: "their recordings, too", recording_days: "words, figures and spans stay" };

function Unsaved({ kind, days, now, undo }: { kind: Kind; days: Days; now: Days; undo: () => void }) {
  const { session, project } = usePage();
  const free = useRetentionOf(kind, days);
  const save = useChange<Record<string, Days>>("PATCH", () => (kind === "days" ? `projects/${encodeURIComponent(project)}` : "retention"));
  const told = days !== null && free.data ? freed(kind, free.data) : null;
  const put = () => session.role === "owner" && save.mutate({ [kind === "days" ? "retention_days" : kind]: days }, { onSuccess: undo });
  return (
    <div className="unsaved" role="status">
      <p><b>{words(kind, now)} → {words(kind, days)}{told && ` would free ${bytes(told.room)}`}</b><span className="end"><Pill tone="warn">not saved</Pill></span></p>
      <p className="sub">{days === null ? (kind === "days" ? "Nothing is deleted by age." : "They are deleted with their conversations.")
        : told ? `${told.what} from before ${started(Date.now() - days * DAY_MS)} would be deleted; ${STAYS[kind]}.` : "What is older is deleted."}</p>
      <Fault error={save.error} />
      <div className="made-row"><Button tone="primary" onClick={put}>{days === null ? "Save, delete nothing by age" : "Save and delete what is older"}</Button><Button tone="ghost" onClick={undo}>Undo change</Button></div>
      {session.role !== "owner" && <p className="dim">Only an owner may change this.</p>}
    </div>
  );
}

function Kept({ kind, legend, now, room }: { kind: Kind; legend: string; now: Days; room?: string }) {
  const [wanted, setWanted] = useState<Days | undefined>(undefined);
  const shown = wanted === undefined ? now : wanted;
  const own: [Days, string][] = now === null || CHOICES.some(([value]) => value === now) ? [] : [[now, plural(now, "day")]];
  return (
    <>
      <fieldset className="choice-row"><legend>{legend}{room && <span className="dim num"> · {room}</span>}</legend>
        {[...own, ...CHOICES, [null, NEVER[kind]] as const].map(([value, word]) => (
          <label key={word} className={`pill toggle ${value === shown ? "accent" : ""}`}><input type="radio" name={kind} checked={value === shown} onChange={() => setWanted(value)} />{word}</label>
        ))}
      </fieldset>
      {wanted !== undefined && wanted !== now && <Unsaved kind={kind} days={wanted} now={now} undo={() => setWanted(undefined)} />}
    </>
  );
}

/** Of what the disk has: recordings, the rest of what is kept, and what is free. */
function Disk({ all, recordings, free }: { all: number; recordings: number; free: number }) {
  const share = (part: number) => `${Math.max(0.5, (part / (all + free)) * 100)}%`;
  const spans = Math.max(0, all - recordings);
  return (
    <div className="disk" role="img" aria-label={`${bytes(all)} of ${bytes(all + free)} used: recordings ${bytes(recordings)}, conversations and spans ${bytes(spans)}`}>
      <i className="recordings" style={{ width: share(recordings) }} /><i style={{ width: share(spans) }} /></div>
  );
}

export function RetentionSection() {
  const { project } = usePage();
  const query = useProjects();
  const kept = useRetentionOf("recording_days", undefined);
  const space = useServer().data?.data;
  const now = query.data?.projects.find((known) => known.id === project)?.retention_days ?? null;
  const recordings = kept.data?.recordings;
  return (
    <Section title="Retention" note={space?.bytes != null && `${bytes(space.bytes)} on disk${space.free_bytes === null ? "" : `, ${bytes(space.free_bytes)} free`}`}>
      {space?.bytes != null && space.free_bytes != null && <Disk all={space.bytes} recordings={recordings?.bytes ?? 0} free={space.free_bytes} />}
      <Asked query={query}><Kept kind="days" legend="Conversations and spans are kept" now={now} /></Asked>
      <Asked query={kept}>
        <Kept kind="recording_days" legend="Recordings are kept" now={kept.data?.recording_days ?? null} room={recordings && `${plural(recordings.count, "recording")}, ${bytes(recordings.bytes)}`} />
      </Asked>
    </Section>
  );
}
