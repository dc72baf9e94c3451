// The tables of the store's files.
//
// day-YYYYMMDD.db holds everything of the traces first seen that UTC day, so one
// transaction covers all that a request changes and retention is deleting a file.
// index.db (which day has a trace) and text-YYYYMMDD.db (its words) are derived and
// written behind.
#pragma once

namespace repartee::server {

// `span` has no other index: lists read trace rows, trees read one range. The start
// is not in its key, because a span sent again may come with another start.
inline constexpr char kDayVersion1[] = R"sql(
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dict(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS trace(
  tkey INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, project INTEGER NOT NULL,
  start INTEGER NOT NULL, end INTEGER NOT NULL,
  name TEXT, user_id TEXT, session_id TEXT, release TEXT, version TEXT, environment TEXT, tags TEXT,
  public INTEGER, level INTEGER, spans INTEGER, errors INTEGER, warnings INTEGER, cost INTEGER,
  input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER,
  turns INTEGER, interrupted INTEGER, ub_p50 INTEGER, ub_p95 INTEGER, ub_max INTEGER,
  stt_p50 INTEGER, llm_p50 INTEGER, tts_p50 INTEGER,
  preview_input TEXT, preview_output TEXT, last_update INTEGER, complete INTEGER, foreign_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS trace_by_id ON trace(project, trace_id);
CREATE INDEX IF NOT EXISTS trace_by_start ON trace(project, start);
CREATE INDEX IF NOT EXISTS trace_by_user ON trace(project, user_id, start) WHERE user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS trace_by_session ON trace(project, session_id, start) WHERE session_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS span(
  tkey INTEGER NOT NULL, span_id INTEGER NOT NULL, parent INTEGER, start INTEGER NOT NULL, duration INTEGER NOT NULL,
  name INTEGER, type INTEGER, level INTEGER, stage INTEGER, flags INTEGER, model INTEGER, provider INTEGER,
  turn_number INTEGER, ttfb INTEGER, ub_latency INTEGER, cost INTEGER,
  input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER,
  hash INTEGER NOT NULL, batch INTEGER NOT NULL, item INTEGER NOT NULL,
  PRIMARY KEY(tkey, span_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turn(
  tkey INTEGER NOT NULL, span_id INTEGER NOT NULL, number INTEGER, start INTEGER, end INTEGER, interrupted INTEGER,
  ub_latency INTEGER, stt_ttfb INTEGER, llm_ttfb INTEGER, tts_ttfb INTEGER,
  PRIMARY KEY(tkey, span_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch(
  number INTEGER PRIMARY KEY, raw_bytes INTEGER NOT NULL, tkeys BLOB NOT NULL, span_filter BLOB NOT NULL,
  block BLOB NOT NULL);
)sql";

// `contents` is the item that tells what the block holds (contents.h).
inline constexpr char kDayVersion2[] = "ALTER TABLE batch ADD COLUMN contents INTEGER;";

// Roll-ups (rollups.h) begin with the spans that come from then on.
inline constexpr char kDayVersion3[] = R"sql(
ALTER TABLE span ADD COLUMN series INTEGER;
CREATE TABLE series(
  id INTEGER PRIMARY KEY, project INTEGER NOT NULL, stage INTEGER NOT NULL, type INTEGER NOT NULL,
  environment TEXT NOT NULL, name TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL);
CREATE TABLE rollup(
  series INTEGER NOT NULL, resolution INTEGER NOT NULL, start INTEGER NOT NULL, count INTEGER NOT NULL,
  errors INTEGER NOT NULL, interrupted INTEGER NOT NULL, cost INTEGER NOT NULL, priced INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL,
  sketches BLOB NOT NULL, PRIMARY KEY(series, resolution, start)) WITHOUT ROWID;
INSERT INTO meta SELECT 'rollups_upto', ifnull(max(number), 0) FROM batch;
)sql";

// Traces whose rows are gone and whose words and bodies are not yet.
inline constexpr char kDayVersion4[] = "CREATE TABLE removed(tkey INTEGER PRIMARY KEY);";

// Nothing of the tables: blocks from then on are what earlier programs cannot read (block.h, span_item.h).
inline constexpr char kDayVersion5[] = "";

// Lists are filtered by length and by reply time within the index: a row of the table each
// would cost fifty times as much.
inline constexpr char kDayVersion6[] = R"sql(
DROP INDEX trace_by_start;
CREATE INDEX trace_by_start ON trace(project, start, end, ub_p95);
)sql";

// Of each project in the file: how many traces it has, so that a list without conditions need not
// count them, and a length that none exceeds, so that what may reach into a time is few. How many spans
// there are the index tells.
inline constexpr char kDayVersion7[] = R"sql(
CREATE TABLE trace_count(project INTEGER PRIMARY KEY, traces INTEGER NOT NULL, longest INTEGER NOT NULL);
INSERT INTO trace_count SELECT project, count(*), max(end-start) FROM trace GROUP BY project;
DROP INDEX trace_by_start;
CREATE INDEX trace_by_start ON trace(project, start, end, ub_p95, spans);
CREATE TRIGGER trace_added AFTER INSERT ON trace BEGIN
  INSERT INTO trace_count VALUES(new.project, 1, 0) ON CONFLICT(project) DO UPDATE SET traces=traces+1;
END;
CREATE TRIGGER trace_removed AFTER DELETE ON trace BEGIN
  UPDATE trace_count SET traces=traces-1 WHERE project=old.project;
END;
)sql";

// How much earlier than its trace a span of the project begins at most: batch ingestion gives a trace
// a time of its own. -1 and 256: kTraceEntryId as it is stored, and kFlagTraceEntry.
inline constexpr char kDayVersion8[] = R"sql(
ALTER TABLE trace_count ADD COLUMN lead INTEGER NOT NULL DEFAULT 0;
UPDATE trace_count SET lead=max(0, ifnull((
  SELECT max(trace.start-(SELECT min(start) FROM span WHERE span.tkey=trace.tkey)) FROM trace
  JOIN span AS entry ON entry.tkey=trace.tkey AND entry.span_id=-1 AND entry.flags&256
  WHERE trace.project=trace_count.project), 0));
DROP TRIGGER trace_added;
CREATE TRIGGER trace_added AFTER INSERT ON trace BEGIN
  INSERT INTO trace_count(project, traces, longest) VALUES(new.project, 1, 0)
  ON CONFLICT(project) DO UPDATE SET traces=traces+1;
END;
)sql";

inline constexpr const char* kDayVersions[] = {kDayVersion1, kDayVersion2, kDayVersion3, kDayVersion4,
                                               kDayVersion5, kDayVersion6, kDayVersion7, kDayVersion8};

// Row numbers of `doc` run densely through the day in the order of the blocks; `block`
// has for each block with words the first number and whose they are (text_file.h).
// Without positions and sizes of documents the index takes a third of the room.
inline constexpr char kTextSchema[] = R"sql(
CREATE VIRTUAL TABLE doc USING fts5(text, content='', detail=none, columnsize=0, tokenize='unicode61');
CREATE TABLE block(first_doc INTEGER PRIMARY KEY, batch INTEGER NOT NULL UNIQUE, places BLOB NOT NULL);
CREATE TABLE mark(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)sql";

inline constexpr char kIndexSchema[] = R"sql(
CREATE TABLE IF NOT EXISTS trace(
  trace_id BLOB NOT NULL, project INTEGER NOT NULL, day INTEGER NOT NULL,
  PRIMARY KEY(trace_id, project)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark(day INTEGER PRIMARY KEY, batch INTEGER NOT NULL);
)sql";

// Columns that files of the first versions lack.
struct LateColumn {
  const char* table;
  const char* column;
};
inline constexpr LateColumn kLateDayColumns[] = {{"trace", "foreign_id TEXT"}};

inline constexpr int kIndexVersion = 1;
inline constexpr int kTextVersion = 1;

// Names of the marks in `meta`: the last batch whose trace and turn rows are written,
// and the last one that the roll-ups count.
inline constexpr char kRowsUpto[] = "rows_upto";
inline constexpr char kRollupsUpto[] = "rollups_upto";
// Of files of the first versions: up to which batch spans lack words and roll-ups (0: none
// does), and whether the index of words is to be made again because all have theirs now.
inline constexpr char kBareUpto[] = "bare_upto";
inline constexpr char kWordsAnew[] = "words_anew";
// The first key that no trace ever had: those of deleted ones are not given again.
inline constexpr char kNextKey[] = "next_key";

}  // namespace repartee::server
