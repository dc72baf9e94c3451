// The list's rows: what was fetched, and what came by event since.
import type { Conversation } from "../api/types";
import { duration, startedShort } from "./format";

export interface Filters {
  q: string;
  outcome: string[];
  environment: string[];
  tag: string[];
  /** Services as rows name them: "deepgram · nova-3". */
  stt: string[];
  llm: string[];
  tts: string[];
  release: string;
  version: string;
  session: string;
  caller: string;
  /** Of reply p95, in ms; the second is not reached. */
  reply_from: number | null;
  reply_to: number | null;
  barge_ins_from: number | null;
  barge_ins_to: number | null;
  /** Name of a score that the call has; the rest asks for its value, or for that of any score. */
  score: string;
  score_word: string[];
  score_from: number | null;
  score_to: number | null;
  /** Start of the conversation, ms since the epoch. */
  from: number | null;
  to: number | null;
  voice: boolean;
  /** With a recording alone. */
  audio: boolean;
  /** Another order than newest first (lib/sort.ts); hides nothing. */
  sort: string;
}

export const NO_FILTERS: Filters = {
  q: "", outcome: [], environment: [], tag: [], stt: [], llm: [], tts: [], release: "", version: "", session: "", caller: "",
  reply_from: null, reply_to: null, barge_ins_from: null, barge_ins_to: null, score: "", score_word: [], score_from: null, score_to: null, from: null, to: null, voice: false, audio: false, sort: "",
};

/** What is asked of a score goes with its name. */
export const NO_SCORE = { score: "", score_word: [], score_from: null, score_to: null } satisfies Partial<Filters>;

const LISTS = ["outcome", "environment", "tag", "stt", "llm", "tts", "score_word"] as const;
const WORDS = ["q", "release", "version", "session", "caller", "score"] as const;
const FLAGS = ["voice", "audio"] as const;
const NUMBERS = ["reply_from", "reply_to", "barge_ins_from", "barge_ins_to", "score_from", "score_to", "from", "to"] as const;

/** Filters as the page's address and the request write them. */
export function toParams(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of WORDS) if (filters[key] !== "") params.set(key, filters[key]);
  for (const key of LISTS) for (const value of filters[key]) params.append(key, value);
  for (const key of NUMBERS) if (filters[key] !== null) params.set(key, String(filters[key]));
  for (const key of FLAGS) if (filters[key]) params.set(key, "true");
  if (filters.sort !== "") params.set("sort", filters.sort);
  return params;
}

export function fromParams(params: URLSearchParams): Filters {
  const filters: Filters = { ...NO_FILTERS, sort: params.get("sort") ?? "" };
  for (const key of FLAGS) filters[key] = params.get(key) === "true";
  for (const key of WORDS) filters[key] = params.get(key) ?? "";
  for (const key of LISTS) filters[key] = params.getAll(key);
  for (const key of NUMBERS) {
    const value = Number(params.get(key));
    filters[key] = params.has(key) && Number.isFinite(value) ? value : null;
  }
  return filters;
}

/** Words that are also numbers, 1 and 0. */
const BOOLEANS = ["True", "False"];

export interface Chip { key: keyof Filters; name: string; value: string; without: Filters }

const NAMES: Record<string, string> = {
  q: "text", outcome: "outcome", environment: "environment", tag: "tag", release: "release", version: "version",
  stt: "speech to text", llm: "language model", tts: "voice of", session: "session", caller: "caller",
  reply_from: "reply p95 from", reply_to: "reply p95 below", barge_ins_from: "barge-ins at least", barge_ins_to: "barge-ins below", score: "score", score_word: "score is", score_from: "score from", score_to: "score below", from: "after", to: "before", voice: "voice", audio: "recorded",
};

function numberText(key: (typeof NUMBERS)[number], value: number): string {
  if (key === "reply_from" || key === "reply_to") return duration(value);
  return key === "from" || key === "to" ? startedShort(value) : String(value);
}

/** Each filter that is set, with the filters as they would be without it. */
export function chips(filters: Filters): Chip[] {
  const list: Chip[] = [];
  for (const key of WORDS) {
    if (filters[key] !== "") list.push({ key, name: NAMES[key], value: filters[key], without: { ...filters, ...(key === "score" ? NO_SCORE : { [key]: "" }) } });
  }
  for (const key of LISTS) {
    for (const value of filters[key]) {
      list.push({ key, name: NAMES[key], value, without: { ...filters, [key]: filters[key].filter((other) => other !== value) } });
    }
  }
  for (const key of NUMBERS) {
    const value = filters[key];
    if (value !== null) {
      list.push({ key, name: NAMES[key], value: numberText(key, value), without: { ...filters, [key]: null } });
    }
  }
  for (const key of FLAGS) if (filters[key]) list.push({ key, name: NAMES[key], value: "only", without: { ...filters, [key]: false } });
  return list;
}

/** Does one of its scores have the name, a number in the range and one of the words, as far as they are asked for? */
function fitsScore(row: Conversation, { score, score_word, score_from, score_to }: Filters): boolean {
  const numbers = score_from !== null || score_to !== null;
  if (score === "" && score_word.length === 0 && !numbers) return true;
  return row.scores.some(({ name, value, text }) => {
    if (score !== "" && name !== score) return false;
    if (score_word.length > 0 && !score_word.includes(text ?? "")) return false;
    if (numbers && text !== null && !BOOLEANS.includes(text)) return false;
    return (score_from === null || value >= score_from) && (score_to === null || value < score_to);
  });
}

/** Would the server's list show this row? For rows that come by event. */
export function matches(row: Conversation, filters: Filters): boolean {
  const any = (wanted: string[], value: string) => wanted.length === 0 || wanted.includes(value);
  if (!any(filters.outcome, row.outcome) || !any(filters.environment, row.environment)) return false;
  if (!filters.tag.every((tag) => row.tags.includes(tag))) return false;
  if (filters.release !== "" && row.release !== filters.release) return false;
  if (filters.version !== "" && row.version !== filters.version) return false;
  if (filters.session !== "" && row.session !== filters.session) return false;
  if (filters.caller !== "" && row.caller !== filters.caller) return false;
  if (filters.reply_from !== null && (row.reply_p95 ?? -1) < filters.reply_from) return false;
  if (filters.reply_to !== null && (row.reply_p95 ?? Infinity) >= filters.reply_to) return false;
  if (filters.barge_ins_from !== null && row.barge_ins < filters.barge_ins_from) return false;
  if (filters.barge_ins_to !== null && row.barge_ins >= filters.barge_ins_to) return false;
  if (!fitsScore(row, filters)) return false;
  for (const stage of ["stt", "llm", "tts"] as const) if (!any(filters[stage], row.stack[stage] ?? "")) return false;
  if (filters.from !== null && row.start < filters.from) return false;
  if (filters.to !== null && row.start >= filters.to) return false;
  if (filters.voice && !row.voice) return false;
  // A recording comes after the call, and no event tells of it.
  if (filters.audio) return false;
  if (filters.q === "") return true;
  const text = [row.title, row.last_line, row.caller, row.session, row.id].filter(Boolean).join("\n").toLowerCase();
  return text.includes(filters.q.toLowerCase());
}

const NONE: ReadonlySet<string> = new Set();

/**
 * One list, newest first, or in the order that is asked for: then nothing that comes is put between. A row that came by
 * event replaces the fetched one; a new one is shown if it is in `admitted` (null: all are) and else only counted, so that
 * nothing moves under a reader who has scrolled.
 * `more`: the list goes on; what is older than its loaded part comes with the next page. `pushed`: ids of the rows that
 * came by event alone.
 */
export function mergeRows(
  fetched: Conversation[], live: ReadonlyMap<string, Conversation>, filters: Filters, admitted: ReadonlySet<string> | null,
  more = false,
): { rows: Conversation[]; waiting: number; pushed: ReadonlySet<string> } {
  const rows: Conversation[] = [];
  const known = new Set<string>();
  for (const row of fetched) {
    if (known.has(row.id)) continue;
    known.add(row.id);
    rows.push(live.get(row.id) ?? row);
  }
  if (filters.sort !== "") return { rows, waiting: 0, pushed: NONE };
  let waiting = 0;
  const pushed = new Set<string>();
  for (const row of live.values()) {
    if (known.has(row.id) || !matches(row, filters)) continue;
    if (more && fetched.length > 0 && row.start < fetched[fetched.length - 1].start) continue;
    if (admitted !== null && !admitted.has(row.id)) {
      waiting += 1;
      continue;
    }
    rows.push(row);
    pushed.add(row.id);
  }
  rows.sort((a, b) => b.start - a.start || (a.id < b.id ? 1 : -1));
  return { rows, waiting, pushed };
}
