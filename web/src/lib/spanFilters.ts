// Which spans are wanted, as the address of the page and the request write it.

export interface SpanFilters {
  q: string;
  type: string[];
  level: string[];
  environment: string[];
  /** "key=value" or "key!=value" */
  attribute: string[];
  duration_from: number | null;
  /** The last so many ms; null: all that is kept. Known to the page alone. */
  range: number | null;
}

const HOUR = 3_600_000;
export const RANGES: [string, string, number | null][] = [
  ["1h", "Last hour", HOUR], ["24h", "Last 24 h", 24 * HOUR], ["7d", "Last 7 days", 168 * HOUR], ["30d", "Last 30 days", 720 * HOUR], ["all", "All times", null],
];
/** Which of the ranges these bounds are: they were chosen a while ago, so nearly. "": another; of no bounds "all". */
export function rangeName(from: number | null, to: number | null, now: number): string {
  if (from === null && to === null) return "all";
  const near = (length: number) => from !== null && Math.abs(now - from - length) <= length / 20;
  return (to === null && RANGES.find(([, , length]) => length !== null && near(length))?.[0]) || "";
}

const LISTS = ["type", "level", "environment", "attribute"] as const;

export const NO_SPAN_FILTERS: SpanFilters = { q: "", type: [], level: [], environment: [], attribute: [], duration_from: null, range: 24 * HOUR };

/** Without the range, which ends at the moment of each request. */
export function spanParams(filters: SpanFilters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.q !== "") params.set("q", filters.q);
  for (const key of LISTS) for (const value of filters[key]) params.append(key, value);
  if (filters.duration_from !== null) params.set("duration_from", String(filters.duration_from));
  return params;
}

export function spanAddress(filters: SpanFilters): URLSearchParams {
  const params = spanParams(filters);
  const range = RANGES.find(([, , length]) => length === filters.range);
  if (range && filters.range !== NO_SPAN_FILTERS.range) params.set("range", range[0]);
  return params;
}

export function spanFiltersOf(params: URLSearchParams): SpanFilters {
  const filters: SpanFilters = { ...NO_SPAN_FILTERS, q: params.get("q") ?? "" };
  for (const key of LISTS) filters[key] = params.getAll(key);
  const least = Number(params.get("duration_from"));
  if (params.has("duration_from") && Number.isFinite(least) && least >= 0) filters.duration_from = least;
  const range = RANGES.find(([name]) => name === params.get("range"));
  if (range) filters.range = range[2];
  return filters;
}

export interface SpanChip { name: string; verb: string; value: string; without: SpanFilters }

const VERBS: Record<(typeof LISTS)[number], string> = { type: "kind", level: "status", environment: "environment", attribute: "" };

export function spanChips(filters: SpanFilters): SpanChip[] {
  const chips: SpanChip[] = [];
  for (const key of LISTS) {
    for (const value of filters[key]) {
      const without = { ...filters, [key]: filters[key].filter((other) => other !== value) };
      const [, name, not, wanted] = key === "attribute" ? (/^(.*?)(!?)=(.*)$/s.exec(value) ?? [null, value, "", ""]) : [null, VERBS[key], "", value.toLowerCase()];
      chips.push({ name, verb: not ? "is not" : "is", value: wanted, without });
    }
  }
  if (filters.duration_from !== null) chips.push({ name: "duration", verb: "over", value: `${filters.duration_from} ms`, without: { ...filters, duration_from: null } });
  return chips;
}

/**
 * What was typed: "service.name=front-desk" and "http.status_code!=200" are conditions on an attribute, ">500" on the
 * duration in ms, everything else is text.
 */
export function withTyped(filters: SpanFilters, text: string): SpanFilters {
  const typed = text.trim();
  const least = /^>\s*(\d+)\s*(ms|s)?$/.exec(typed);
  if (least) return { ...filters, q: "", duration_from: Number(least[1]) * (least[2] === "s" ? 1000 : 1) };
  const attribute = /^([\w.\-/]+)\s*(!?=)\s*(.+)$/s.exec(typed);
  if (!attribute) return { ...filters, q: typed };
  const condition = `${attribute[1]}${attribute[2]}${attribute[3]}`;
  return filters.attribute.includes(condition) ? { ...filters, q: "" } : { ...filters, q: "", attribute: [...filters.attribute, condition] };
}
