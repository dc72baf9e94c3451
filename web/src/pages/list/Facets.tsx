// The column of filters. Values are those of the rows that are loaded, and those that are set.
import { useMemo } from "react";
import type { Conversation } from "../../api/types";
import { Segments } from "../../components/bits";
import type { Filters } from "../../lib/rows";

const OUTCOMES: [string, string][] = [["live", "Live"], ["ok", "Ended"], ["warning", "Warning"], ["error", "Error"]];

function values(rows: Conversation[], of: (row: Conversation) => (string | null)[], set: string[]): [string, number][] {
  const counts = new Map<string, number>(set.map((value) => [value, 0]));
  for (const row of rows) for (const value of of(row)) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 8);
}

function Options(props: { title: string; options: [string, string, number?][]; chosen: string[]; toggle: (value: string) => void }) {
  if (props.options.length === 0) return null;
  return (
    <fieldset className="facet">
      <legend>{props.title}</legend>
      {props.options.map(([value, name, number]) => (
        <label key={value} className="option">
          <input type="checkbox" checked={props.chosen.includes(value)} onChange={() => props.toggle(value)} />
          <span className="clip">{name}</span>
          {!!number && <span className="end num" title="of the rows that are loaded">{number}</span>}
        </label>
      ))}
    </fieldset>
  );
}

const toggled = (list: string[], value: string) => (list.includes(value) ? list.filter((other) => other !== value) : [...list, value]);

export function Facets({ rows, filters, apply }: { rows: Conversation[]; filters: Filters; apply: (filters: Filters) => void }) {
  const found = useMemo(
    () => ({
      outcome: new Map(values(rows, (row) => [row.outcome], [])),
      environment: values(rows, (row) => [row.environment], filters.environment),
      version: values(rows, (row) => [row.version], filters.version ? [filters.version] : []),
      release: values(rows, (row) => [row.release], filters.release ? [filters.release] : []),
      tag: values(rows, (row) => row.tags, filters.tag),
    }),
    [rows, filters],
  );
  const named = (list: [string, number][]): [string, string, number][] => list.map(([value, number]) => [value, value, number]);
  const single = (key: "version" | "release") => (value: string) => apply({ ...filters, [key]: filters[key] === value ? "" : value });
  return (
    <>
      <Options title="Outcome" options={OUTCOMES.map(([value, name]) => [value, name, found.outcome.get(value)])} chosen={filters.outcome}
        toggle={(value) => apply({ ...filters, outcome: toggled(filters.outcome, value) })} />
      <fieldset className="facet">
        <legend>Reply p95</legend>
        <Segments label="Reply p95" value={String(filters.reply_from ?? "any")}
          options={[["any", "any"], ["800", "> 0.8 s"], ["1200", "> 1.2 s"], ["2000", "> 2 s"]]}
          onChange={(value) => apply({ ...filters, reply_from: value === "any" ? null : Number(value) })} />
      </fieldset>
      <fieldset className="facet">
        <legend>Barge-ins per call</legend>
        <Segments label="Barge-ins per call" value={String(filters.barge_ins_from ?? "any")}
          options={[["any", "any"], ["1", "1+"], ["3", "3+"], ["5", "5+"]]}
          onChange={(value) => apply({ ...filters, barge_ins_from: value === "any" ? null : Number(value) })} />
      </fieldset>
      <Options title="Kind" options={[["voice", "Voice only"]]} chosen={filters.voice ? ["voice"] : []}
        toggle={() => apply({ ...filters, voice: !filters.voice })} />
      <Options title="Environment" options={named(found.environment)} chosen={filters.environment}
        toggle={(value) => apply({ ...filters, environment: toggled(filters.environment, value) })} />
      <Options title="Agent version" options={named(found.version)} chosen={[filters.version]} toggle={single("version")} />
      <Options title="Release" options={named(found.release)} chosen={[filters.release]} toggle={single("release")} />
      <Options title="Tags" options={named(found.tag)} chosen={filters.tag}
        toggle={(value) => apply({ ...filters, tag: toggled(filters.tag, value) })} />
    </>
  );
}
