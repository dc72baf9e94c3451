// What /api/ui answers: the contract between the server's ui room and the page.
// Times are milliseconds since the epoch (fractions allowed), durations are milliseconds,
// money is USD. A value that is not known is null, never 0.

import type { Contribution, Span } from "./generated";

export type * from "./generated";

export type Outcome = "live" | "ok" | "warning" | "error";

/** A row of the list. `voice` is false for a trace without turns. */
export interface Conversation {
  id: string;
  title: string;
  last_line: string;
  start: number;
  end: number | null;
  outcome: Outcome;
  live: boolean;
  voice: boolean;
  root_missing: boolean;
  turns: number;
  barge_ins: number;
  reply_p50: number | null;
  reply_p95: number | null;
  reply_max: number | null;
  cost: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  errors: number;
  warnings: number;
  spans: number;
  caller: string | null;
  session: string | null;
  release: string | null;
  version: string | null;
  environment: string;
  tags: string[];
  /** Of each name the latest; at most 8. */
  scores: ScoreMark[];
  strip: StripPart[];
  /** Names as "deepgram · nova-3": provider and model. */
  stack: { stt: string | null; llm: string | null; tts: string | null };
}

/** `text`: a category, True or False; then `value` says nothing more. */
export interface ScoreMark { name: string; value: number; text: string | null }

/** One piece of the little two-lane picture; offsets in ms from the conversation's start. */
export interface StripPart { lane: "caller" | "bot" | "barge_in" | "error" | "span"; from: number; to: number }

/**
 * GET /api/ui/conversations?project=&limit=&cursor= and any of these, newest first:
 *   from, to                    start of the conversation, in ms
 *   q                           in title, first and last words, caller, session and id
 *   outcome, environment, tag   may be given several times: any outcome or environment, every tag
 *   caller, session, release, version
 *   reply_from, reply_to        of reply_p95, in ms
 *   barge_ins_from, barge_ins_to  counts, the second is not reached
 *   stt, llm, tts               services as in `stack`; any of each
 *   score, score_word, score_from, score_to  a score of this name, with any of these words, within these numbers
 *   voice=true                  with turns only
 *   audio=true                  with a recording that is here
 *   sort=reply_p95[.asc]        start, length, turns, reply_p50, reply_p95, barge_ins, cost, spans
 * `total` is counted for the first page and counts to 200,000. `searched_from`: the search took long, and older
 * conversations were not looked at; the next page goes on there.
 */
export interface ConversationPage {
  rows: Conversation[];
  next_cursor: string | null;
  total: number;
  searched_from: number | null;
  took_ms: number;
}

export type Stage = "conversation" | "turn" | "stt" | "llm" | "tts" | "tool" | null;

export interface Turn {
  span_id: string;
  number: number;
  /** As on the tracing page: "turn-3". */
  label: string;
  start: number;
  end: number | null;
  live: boolean;
  interrupted: boolean;
  ended_by_hangup: boolean;
  /** The bot spoke first: no caller's words belong to it. */
  bot_first: boolean;
  user_text: string | null;
  /** What the caller heard; the rest of what was generated is `bot_unspoken`. */
  bot_text: string | null;
  bot_unspoken: string | null;
  user_from: number | null;
  user_to: number | null;
  bot_from: number | null;
  bot_to: number | null;
  reply: number | null;
  stt_ttfb: number | null;
  llm_ttfb: number | null;
  tts_ttfb: number | null;
  /** In order of time; their durations sum to `reply`. Empty when there was no reply. */
  contributions: Contribution[];
  llm_calls: number;
  tools: { name: string; duration: number | null; error: boolean }[];
  errors: string[];
  cost: number | null;
}

/** GET /api/ui/conversations/{id}: head and turns in one answer. */
export interface ConversationDetail {
  conversation: Conversation;
  turns: Turn[];
  /** More than what a page should load at once: spans come by turn only. */
  spans_too_many: boolean;
}

/** GET /api/ui/conversations/{id}/spans[?turn=SPAN_ID]: in order of start. */
export interface SpanList { spans: Span[] }

export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };

/** GET /api/ui/conversations/{id}/spans/{span}. Texts are as they came in. */
export interface SpanDetail {
  span: Span;
  /** The model's call before this one, for what has changed since. */
  previous_call: string | null;
  input: string | null;
  output: string | null;
  status: string | null;
  attributes: [string, AttributeValue][];
  resource: [string, AttributeValue][];
  scope: { name: string; version: string };
  events: { name: string; time: number; attributes: [string, AttributeValue][] }[];
  links: { trace_id: string; span_id: string }[];
}

/**
 * GET /api/ui/events?project=: server-sent events, each with an id to resume by Last-Event-ID.
 *
 *   conversation.upsert  Conversation: the row, new or changed (at most 4 a second for one id)
 *   turn.upsert          TurnUpsert
 *   stats                Stats, once a second
 *   reset                {}: what was missed is no longer kept; load anew
 */
export interface TurnUpsert { conversation_id: string; turn: Turn }
export interface Stats { spans_per_second: number; live: number; lag_ms: number | null }

// ---- figures ----

/** Over so many values; null where there are none. Milliseconds. */
export interface Quantiles { count: number; p50: number | null; p95: number | null; p99: number | null; max: number | null }

/**
 * GET /api/ui/latency?project=&from=&to=&environment=: voice figures of the conversations that
 * began in the range (the last 24 hours unless told). `searched_from` is later than `from` when
 * there was too much to look at: the figures cover that much only.
 */
export interface Latency {
  from: number;
  to: number;
  searched_from: number;
  turns: number;
  interrupted: number;
  reply: Quantiles;
  /** Replies not slower than 1.2 s. */
  in_goal: number;
  calls: number;
  /** Of all calls; null when the range is shorter than a quarter of an hour. */
  length: number | null;
  cost: number | null;
  /** Ends of the bars of the distributions, in ms; one more bar has no end. */
  bars: number[];
  /** Time to first byte of each service. */
  services: {
    stage: "stt" | "llm" | "tts";
    provider: string | null;
    model: string | null;
    calls: number;
    errors: number;
    ttfb: Quantiles;
    /** How many first bytes came within each bar. */
    distribution: number[];
  }[];
}

/** GET /api/ui/series?from=&to=&step=&environment=: their course, in columns; `time` is each step's start. */
export interface Series {
  from: number;
  to: number;
  searched_from: number;
  step: number;
  time: number[];
  reply: SeriesColumns;
  stt_ttfb: SeriesColumns;
  llm_ttfb: SeriesColumns;
  tts_ttfb: SeriesColumns;
  totals: SeriesTotals;
}
export interface SeriesColumns {
  count: number[];
  p50: (number | null)[];
  p90: (number | null)[];
  p95: (number | null)[];
  p99: (number | null)[];
}
/** What each step sums to; the length of the calls in ms, not known of ranges that are told span by span. */
export interface SeriesTotals {
  turns: number[];
  interrupted: number[];
  calls: number[];
  length: (number | null)[];
  cost: (number | null)[];
}

/** GET /api/ui/histogram?…filters of the list&bins=&slow=: conversations over time; slow is in ms of reply_p95. */
export interface Histogram {
  from: number;
  step: number;
  searched_from: number | null;
  count: number[];
  slow: number[];
  failed: number[];
}

/**
 * GET /api/ui/ingest-health: why traces are missing. Newest first, at most 100 refusals, equal ones as one, and the
 * latest 100 requests; `hour` counts requests by the minute.
 */
export interface IngestHealth {
  requests: number;
  spans: number;
  last_received: number | null;
  refused: Refusal[];
  received: ReceivedRequest[];
  hour: IngestHour;
  /** "20261120": days whose file cannot be read, as a whole or in part. */
  damaged_days: string[];
}
export interface Refusal { time: number; status: number; reason: string; fix: string; from: string; path: string; count: number }
/** `reason` is empty if all of it was taken; bytes as they were sent, took in ms. */
export interface ReceivedRequest { time: number; status: number; reason: string; fix: string; from: string; path: string; bytes: number; took: number }
export interface IngestHour { from: number; step: number; taken: number[]; refused: number[] }
