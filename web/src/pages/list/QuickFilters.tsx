// The filters that are asked for most, in reach of a thumb: on narrow screens alone, where the others are behind a button.
import { REPLY_SLOW } from "../../lib/format";
import { type Filters, NO_FILTERS } from "../../lib/rows";

const QUICK: { name: string; key: keyof Filters; on: Filters[keyof Filters] }[] = [
  { name: "Slow", key: "reply_from", on: REPLY_SLOW },
  { name: "Failed", key: "outcome", on: ["error"] },
  { name: "Barge-ins", key: "barge_ins_from", on: 1 },
  { name: "Live", key: "outcome", on: ["live"] },
];

export function QuickFilters({ filters, apply }: { filters: Filters; apply: (filters: Filters) => void }) {
  return (
    <div className="quick-filters only-narrow" role="group" aria-label="Quick filters">
      {QUICK.map(({ name, key, on }) => {
        const active = String(filters[key]) === String(on);
        return (
          <button key={name} type="button" className={`pill ${active ? "accent" : ""}`} aria-pressed={active}
            onClick={() => apply({ ...filters, [key]: active ? NO_FILTERS[key] : on })}>{name}</button>
        );
      })}
    </div>
  );
}
