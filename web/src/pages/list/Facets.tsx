// The column of filters, each value with how many conversations it has among the chosen ones.
import { useFacets, usePage } from "../../api/data";
import type { FacetBar, FacetCount, Facets } from "../../api/types";
import { count, duration, scoreText } from "../../lib/format";
import { type Filters, NO_SCORE } from "../../lib/rows";
import { RangeSlider } from "./RangeSlider";

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

const SERVICES = [["stt", "Speech to text"], ["llm", "Language model"], ["tts", "Voice"]] as const;
const KINDS = [["voice", "Voice only"], ["audio", "With a recording"]] as const;
const NO_BARS: FacetBar[] = [];

/** The names of scores; of the chosen one also its numbers and its words. */
function ScoreFacet({ filters, apply, facets }: { filters: Filters; apply: (filters: Filters) => void; facets: Facets | undefined }) {
  const choose = (name: string) => apply({ ...filters, ...NO_SCORE, score: filters.score === name ? "" : name });
  return (
    <>
      <Options title="Score" options={named(facets?.score, [filters.score])} chosen={[filters.score]} toggle={choose} />
      {filters.score !== "" && facets && facets.score_bars.length > 0 && (
        <RangeSlider title={filters.score} bars={facets.score_bars} value={{ from: filters.score_from, to: filters.score_to }} write={(value) => scoreText({ value, text: null })}
          onChange={({ from, to }) => apply({ ...filters, score_from: from, score_to: to })} />
      )}
      {filters.score !== "" && (
        <Options title={`${filters.score} is`} options={named(facets?.score_word, filters.score_word)} chosen={filters.score_word}
          toggle={(value) => apply({ ...filters, score_word: toggled(filters.score_word, value) })} />
      )}
    </>
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
      <RangeSlider title="Reply p95" bars={data?.reply ?? NO_BARS} value={{ from: filters.reply_from, to: filters.reply_to }} write={duration}
        onChange={({ from, to }) => apply({ ...filters, reply_from: from, reply_to: to })} />
      <RangeSlider title="Barge-ins per call" bars={data?.barge_ins_per_call ?? NO_BARS} value={{ from: filters.barge_ins_from, to: filters.barge_ins_to }} write={String}
        onChange={({ from, to }) => apply({ ...filters, barge_ins_from: from, barge_ins_to: to })} />
      <Options title="Kind" options={KINDS.map(([key, name]): [string, string, number?] => [key, name, data?.[key]])} chosen={KINDS.map(([key]) => key).filter((key) => filters[key])}
        toggle={(value) => apply({ ...filters, [value]: !filters[value as "voice" | "audio"] })} />
      <Options title="Environment" options={named(data?.environment, filters.environment)} chosen={filters.environment}
        toggle={(value) => apply({ ...filters, environment: toggled(filters.environment, value) })} />
      <Options title="Agent version" options={named(data?.version, [filters.version])} chosen={[filters.version]} toggle={single("version")} />
      {SERVICES.map(([stage, title]) => (
        <Options key={stage} title={title} options={named(data?.[stage], filters[stage])} chosen={filters[stage]}
          toggle={(value) => apply({ ...filters, [stage]: toggled(filters[stage], value) })} />
      ))}
      <Options title="Release" options={named(data?.release, [filters.release])} chosen={[filters.release]} toggle={single("release")} />
      <ScoreFacet filters={filters} apply={apply} facets={data} />
      <Options title="Tags" options={named(data?.tag, filters.tag)} chosen={filters.tag}
        toggle={(value) => apply({ ...filters, tag: toggled(filters.tag, value) })} />
    </>
  );
}
