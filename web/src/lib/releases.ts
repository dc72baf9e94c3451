// When new releases of the agent began: marks over the charts.
import type { Facets } from "../api/types";

export interface Release { name: string; kind: "version" | "release"; at: number }

/** More marks than these would hide the chart; the newest are shown. */
const MOST = 8;

/**
 * Those whose first conversation began from `from` on, in order of time. `facets` counts more than that range: what was
 * there before it, and what came first of all, is not new.
 */
export function releasesSince(facets: Facets, from: number): Release[] {
  const news: Release[] = [];
  for (const kind of ["version", "release"] as const) {
    const known = facets[kind].filter((one) => one.first !== undefined);
    const earliest = Math.min(...known.map((one) => one.first!));
    for (const { value, first } of known) if (first! >= from && first! > earliest) news.push({ name: value, kind, at: first! });
  }
  return news.sort((a, b) => a.at - b.at).slice(-MOST);
}

export interface Tag { release: Release; at: number; row: number; left: boolean }

const LETTER = 6.6;
const PADDING = 14;
/** Longer names are cut by the page. */
const MOST_WIDE = 140;

/** Tags beside their lines: on the left where the right has no room, a row lower where they would overlap. */
export function placeTags(releases: Release[], x: (time: number) => number, right: number): Tag[] {
  const ends: number[] = [];
  return releases.map((release) => {
    const at = x(release.at);
    const wide = Math.min(MOST_WIDE, release.name.length * LETTER + PADDING);
    const left = at + wide > right;
    const from = left ? at - wide : at;
    const free = ends.findIndex((end) => end <= from);
    const row = free < 0 ? ends.length : free;
    ends[row] = from + wide;
    return { release, at, row, left };
  });
}
