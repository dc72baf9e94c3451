// Both ends of a range slider, which stand between the bars of its picture.
import type { FacetBar } from "../api/types";

/** null: no end. */
export interface Ends { from: number | null; to: number | null }

/** What the places of both ends mean; place 0 is before the first bar. */
export function ends(bars: FacetBar[], low: number, high: number): Ends {
  const at = (place: number) => bars[place - 1]?.to ?? null;
  return { from: low <= 0 ? null : at(low), to: high >= bars.length ? null : at(high) };
}

/** The place that is nearest to a value, at or above it. */
export function position(bars: FacetBar[], value: number): number {
  const found = bars.findIndex((bar) => bar.to === null || bar.to >= value);
  return found < 0 ? bars.length : Math.min(found + 1, bars.length);
}
