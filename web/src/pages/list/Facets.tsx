// The column of filters, each value with how many conversations it has among the chosen ones.
import { useFacets, usePage } from "../../api/data";
import type { FacetCount } from "../../api/types";
import { Segments } from "../../components/bits";
import { count } from "../../lib/format";
import type { Filters } from "../../lib/rows";

const OUTCOMES: [string, string][] = [["live", "Live"], ["ok", "Ended"], ["warning", "Warning"], ["error", "Error"]];
const MOST = 8;

function Options(props: { title: string; options: [string, string, number?][]; chosen: string[]; toggle: (value: string) => void }) {
  if (props.options.length === 0) return null;
  return (
    <fieldset className="facet">
      <legend>{props.title}</legend>
      {props.options.map(([value, name, number]) => (
        <label key={value} className="option">
          <input type="checkbox" checked={props.chosen.includes(value)} onChange={() => props.toggle(value)} />
          <span className="clip">{name}</span>
          {number !== undefined && <span className="end num">{count(number)}</span>}
        </label>
      ))}
    </fieldset>
  );
}

/** The values with most conversations; what is chosen stays although it has none. */
function named(counts: FacetCount[] | undefined, chosen: string[]): [string, string, number][] {
  const list = (counts ?? []).filter((facet) => facet.value !== "").slice(0, MOST).map((facet): [string, string, number] => [facet.value, facet.value, facet.count]);
  const missing = chosen.filter((value) => value !== "" && !list.some(([known]) => known === value));
  return [...missing.map((value): [string, string, number] => [value, value, 0]), ...list];
}

const toggled = (list: string[], value: string) => (list.includes(value) ? list.filter((other) => other !== value) : [...list, value]);

/** How long replies are: a bar for each bracket of reply p95. */
function Replies({ bars }: { bars: { to: number | null; count: number }[] }) {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const wide = 196 / Math.max(1, bars.length);
  return (
    <svg className="facet-bars" width="196" height="28" aria-hidden="true">
      {bars.map((bar, index) => {
        const height = bar.count === 0 ? 1 : Math.max(2, (bar.count / most) * 26);
        return <rect key={index} x={index * wide} y={28 - height} width={wide - 1.5} height={height} rx={1.2}><title>{bar.to === null ? "slower" : `under ${bar.to} ms`}: {bar.count}</title></rect>;
      })}
    </svg>
  );
}

export function FacetColumn({ filters, apply }: { filters: Filters; apply: (filters: Filters) => void }) {
  const { project } = usePage();
  const { data } = useFacets(project, filters);
  const outcome = (value: string) => data?.outcome.find((facet) => facet.value === value)?.count ?? (data ? 0 : undefined);
  const single = (key: "version" | "release") => (value: string) => apply({ ...filters, [key]: filters[key] === value ? "" : value });
  return (
    <>
      <Options title="Outcome" options={OUTCOMES.map(([value, name]) => [value, name, outcome(value)])} chosen={filters.outcome}
        toggle={(value) => apply({ ...filters, outcome: toggled(filters.outcome, value) })} />
      <fieldset className="facet">
        <legend>Reply p95</legend>
        {data && data.reply.length > 0 && <Replies bars={data.reply} />}
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
      <Options title="Kind" options={[["voice", "Voice only", data?.voice]]} chosen={filters.voice ? ["voice"] : []}
        toggle={() => apply({ ...filters, voice: !filters.voice })} />
      <Options title="Environment" options={named(data?.environment, filters.environment)} chosen={filters.environment}
        toggle={(value) => apply({ ...filters, environment: toggled(filters.environment, value) })} />
      <Options title="Agent version" options={named(data?.version, [filters.version])} chosen={[filters.version]} toggle={single("version")} />
      <Options title="Release" options={named(data?.release, [filters.release])} chosen={[filters.release]} toggle={single("release")} />
      <Options title="Tags" options={named(data?.tag, filters.tag)} chosen={filters.tag}
        toggle={(value) => apply({ ...filters, tag: toggled(filters.tag, value) })} />
    </>
  );
}
