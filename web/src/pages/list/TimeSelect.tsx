// From when on conversations are listed; a part of the time is chosen in the histogram.
import { rangeName, RANGES } from "../../lib/spanFilters";
import type { Filters } from "../../lib/rows";

export function TimeSelect({ filters, apply }: { filters: Filters; apply: (filters: Filters) => void }) {
  const name = rangeName(filters.from, filters.to, Date.now());
  const choose = (wanted: string) => {
    const length = RANGES.find(([known]) => known === wanted)?.[2] ?? null;
    apply({ ...filters, from: length === null ? null : Date.now() - length, to: null });
  };
  return (
    <label className="btn select hide-narrow"><select aria-label="Time" value={name} onChange={(event) => choose(event.target.value)}>
      {name === "" && <option value="">Chosen time</option>}
      {RANGES.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
    </select></label>
  );
}
