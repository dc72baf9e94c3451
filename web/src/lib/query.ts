// The language of the search bar: "outcome:error", "reply>1200", "tag:vip", the rest is text.
import type { Facets } from "../api/types";
import type { Filters } from "./rows";

const LISTS = { outcome: "outcome", environment: "environment", env: "environment", tag: "tag", stt: "stt", llm: "llm", tts: "tts" } as const;
const WORDS = { caller: "caller", session: "session", release: "release", version: "version", agent: "version", score: "score" } as const;
const NUMBERS = { reply: "reply", p95: "reply", "barge-ins": "barge_ins", score: "score" } as const;
const OUTCOMES = ["live", "ok", "warning", "error"];
const SUGGESTIONS = 8;

/** What was typed, split at blanks but not within quotes. */
function parts(text: string): string[] {
  return (text.match(/[^\s"]*"[^"]*"?|\S+/g) ?? []).filter((part) => part !== "");
}

const unquoted = (text: string) => text.replace(/^"|"$/g, "");

/** The filter that a part stands for; null when it is text. */
function applied(filters: Filters, part: string): Filters | null {
  const colon = /^([\w-]+):(.+)$/s.exec(part);
  if (colon) {
    const [, name, rest] = colon;
    const value = unquoted(rest);
    const list = LISTS[name.toLowerCase() as keyof typeof LISTS];
    if (list === "outcome" && !OUTCOMES.includes(value)) return null;
    if (list) return { ...filters, [list]: filters[list].includes(value) ? filters[list] : [...filters[list], value] };
    const word = WORDS[name.toLowerCase() as keyof typeof WORDS];
    if (word) return { ...filters, [word]: value };
    if (name === "is" && value === "voice") return { ...filters, voice: true };
    if (name === "has" && value === "audio") return { ...filters, audio: true };
    return null;
  }
  const number = /^([\w-]+)([<>]=?)(\d+(?:\.\d+)?)(ms|s)?$/.exec(part);
  const key = number && NUMBERS[number[1].toLowerCase() as keyof typeof NUMBERS];
  if (!number || !key) return null;
  const value = Number(number[3]) * (number[4] === "s" ? 1000 : 1);
  // Counts are whole: over 2 is from 3 on, up to 2 is below 3.
  const next = key === "barge_ins" && (number[2] === ">" || number[2] === "<=") ? value + 1 : value;
  return { ...filters, [`${key}_${number[2][0] === ">" ? "from" : "to"}`]: next };
}

/** Filters with what was typed: tokens become filters, the rest stays text. */
export function typed(filters: Filters, text: string): Filters {
  let next = filters;
  const words: string[] = [];
  for (const part of parts(text)) {
    const with_ = applied(next, part);
    if (with_ === null) words.push(part);
    else next = with_;
  }
  return { ...next, q: words.join(" ") };
}

const KEYS = [...Object.keys(LISTS), ...Object.keys(WORDS), ...Object.keys(NUMBERS), "is", "has"];
const BEGUN = new RegExp(`(^|\\s)(${KEYS.join("|")})[:<>]\\S*$`, "i");

/** True when Enter would make a filter of some of it, or its end is becoming one. */
export const isToken = (text: string, filters: Filters): boolean => BEGUN.test(text) || parts(text).some((part) => applied(filters, part) !== null);

/** How the last part may go on: keys first, then values that there are. Each is the whole text with it. */
export function completions(text: string, facets: Facets | undefined): string[] {
  if (text === "" || /\s$/.test(text)) return [];
  const all = parts(text);
  const last = all[all.length - 1] ?? "";
  const front = text.slice(0, text.length - last.length);
  const colon = last.indexOf(":");
  if (colon < 0) {
    const keys = ["outcome:", "environment:", "tag:", "caller:", "session:", "release:", "version:", "stt:", "llm:", "tts:", "reply>", "reply<", "barge-ins>", "score:", "score>", "score<", "is:voice", "has:audio"];
    return keys.filter((key) => key.startsWith(last.toLowerCase()) && key !== last).map((key) => front + key).slice(0, SUGGESTIONS);
  }
  const name = last.slice(0, colon).toLowerCase();
  const begun = unquoted(last.slice(colon + 1)).toLowerCase();
  const lists: Record<string, string[] | undefined> = {
    outcome: OUTCOMES, environment: facets?.environment.map(({ value }) => value), env: facets?.environment.map(({ value }) => value), tag: facets?.tag.map(({ value }) => value),
    stt: facets?.stt.map(({ value }) => value), llm: facets?.llm.map(({ value }) => value), tts: facets?.tts.map(({ value }) => value),
    release: facets?.release.map(({ value }) => value), version: facets?.version.map(({ value }) => value), agent: facets?.version.map(({ value }) => value), score: facets?.score.map(({ value }) => value),
  };
  return (lists[name] ?? []).filter((value) => value !== "" && value.toLowerCase().includes(begun) && value.toLowerCase() !== begun)
    .map((value) => `${front}${last.slice(0, colon + 1)}${/\s/.test(value) ? `"${value}"` : value}`).slice(0, SUGGESTIONS);
}
