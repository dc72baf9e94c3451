// The trace store's interface: spans go in by the request and are durable when the
// answer comes; traces, spans and bodies are read back.
//
// Thread: Append and Read from any thread. Append's answer comes on the writer's
// thread, Read's job runs on one of the store's reader threads: blocking calls stay
// inside the store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"
#include "repartee/server/model/ids.h"
#include "repartee/server/model/observation.h"
#include "repartee/server/store/call_groups.h"
#include "repartee/server/store/conversations.h"
#include "repartee/server/store/figures.h"
#include "repartee/server/store/rollups.h"
#include "repartee/server/store/scores.h"
#include "repartee/server/store/span_record.h"
#include "repartee/server/store/trace_scope.h"

namespace repartee::server {

struct AppendOutcome {
  std::size_t added = 0;
  std::size_t unchanged = 0;  // sent before, same content
  std::size_t replaced = 0;
  std::size_t outdated = 0;  // other content, but the stored one is later or final
};

// Where a trace's rows lie; given out by the reader, good until the trace is deleted.
struct TracePlace {
  int day = 0;
  std::int64_t key = 0;
};

struct TraceRow {
  TracePlace place;
  TraceId id;
  std::optional<std::string> foreign_id{};  // the text that clients call it by, if `id` is its hash
  ProjectKey project = 0;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::optional<std::string> name;
  std::optional<std::string> user_id;
  std::optional<std::string> session_id;
  std::optional<std::string> release;
  std::optional<std::string> version;
  std::string environment;
  std::vector<std::string> tags;
  bool is_public = false;
  Level level = Level::kDefault;  // the worst of its spans
  std::int64_t spans = 0;         // ended ones
  std::int64_t errors = 0;
  std::int64_t warnings = 0;
  std::int64_t cost = -1;  // 1e-12 USD; -1: nothing priced
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t total_tokens = 0;
  std::int64_t turns = 0;
  std::int64_t interrupted_turns = 0;
  std::int64_t ub_latency_p50_us = -1;
  std::int64_t ub_latency_p95_us = -1;
  std::int64_t ub_latency_max_us = -1;
  std::int64_t stt_ttfb_p50_us = -1;
  std::int64_t llm_ttfb_p50_us = -1;
  std::int64_t tts_ttfb_p50_us = -1;
  std::string preview_input;
  std::string preview_output;
  std::int64_t last_update_ns = 0;
  bool complete = false;  // its root has ended

  // The id as clients know it.
  std::string ShownId() const { return foreign_id ? *foreign_id : id.Hex(); }
};

struct SpanRow {
  SpanId id = 0;
  SpanId parent = 0;
  std::string name;
  std::string model;
  std::string provider;
  std::optional<std::string> environment{};  // its own; nothing where only its bytes tell it
  SpanFacts facts;
  std::int64_t batch = 0;
  std::int64_t item = 0;
};

// What a list of ids needs of a span.
struct SpanMark {
  SpanId id = 0;
  std::int64_t start_ns = 0;
  std::uint32_t flags = 0;
};

struct TurnRow {
  SpanId span = 0;
  std::int32_t number = -1;  // -1: its own span has not come yet
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  bool interrupted = false;
  std::int64_t ub_latency_us = -1;
  std::int64_t stt_ttfb_us = -1;
  std::int64_t llm_ttfb_us = -1;
  std::int64_t tts_ttfb_us = -1;
};

// A span's bytes as they came in.
struct SpanBody {
  std::string span;
  std::string resource;
  std::string scope;
};

enum class TraceOrder : std::uint8_t {
  kTimestamp,
  kName,
  kUserId,
  kSessionId,
  kRelease,
  kVersion,
  kPublic,
  kId
};

// Asked of each row that the other conditions leave; may read the store. Its fault ends the query.
using TraceTest = std::function<Result<bool>(const TraceRow&)>;
using SpanTest = std::function<Result<bool>(const TraceRow&, const SpanRow&)>;

enum class Comparison : std::uint8_t {
  kLess,
  kLessOrEqual,
  kEqual,
  kGreaterOrEqual,
  kGreater
};
// From the first start to the last end, in seconds.
struct LatencyTest {
  Comparison comparison = Comparison::kGreater;
  double seconds = 0;
};

struct TraceQuery : TraceScope {
  std::optional<std::string> name{};
  std::vector<LatencyTest> latencies{};  // all of them
  TraceTest accept{};                    // empty: all
  TraceOrder order = TraceOrder::kTimestamp;
  bool ascending = false;
  std::size_t offset = 0;
  std::size_t limit = 50;
};

struct TracePage {
  std::vector<TraceRow> rows;
  std::size_t total = 0;            // exact up to kMaxTracesScanned
  std::vector<ListPlace> places{};  // of the rows of a list of conversations
  // What starts later was looked at, older ones were not; nothing: all were.
  std::optional<std::int64_t> stopped_at_ns{};
};

// Where a span stands in a list, newest first.
struct SpanPosition {
  std::int64_t start_ns = 0;
  TraceId trace;
  SpanId span = 0;
};

struct SpanQuery {
  ProjectKey project = 0;
  std::optional<std::int64_t> from_ns{};  // span start >= from
  std::optional<std::int64_t> to_ns{};    // span start < to
  std::optional<TraceId> trace{};
  std::optional<std::string> name{};
  std::optional<std::string> user_id{};     // the trace's
  std::optional<std::string> session_id{};  // the trace's
  std::vector<std::string> environments{};  // the span's own, any of them
  std::optional<ObservationType> type{};
  std::optional<Level> level{};
  std::optional<SpanId> parent{};  // 0: without one
  std::optional<bool> is_root{};   // nobody above it, or nobody of its own program
  SpanTest accept{};               // empty: all
  // Only what comes behind this one in the list; then the total is not counted.
  std::optional<SpanPosition> behind{};
  bool count_total = true;
  std::size_t offset = 0;
  std::size_t limit = 50;
};

struct FoundSpan {
  TraceRow trace;
  SpanRow span;
};

struct SpanPage {
  std::vector<FoundSpan> rows;  // newest first
  std::size_t total = 0;        // exact up to kMaxSpansScanned
};

// Conversations that belong together.
struct SessionRow {
  std::string id;
  std::int64_t first_start_ns = 0;
  std::string environment;  // of its first trace
};

struct SessionQuery {
  ProjectKey project = 0;
  std::optional<std::int64_t> from_ns{};    // first start >= from
  std::optional<std::int64_t> to_ns{};      // first start < to
  std::vector<std::string> environments{};  // any of them
  std::size_t offset = 0;
  std::size_t limit = 50;
};

struct SessionPage {
  std::vector<SessionRow> rows;  // newest first
  std::size_t total = 0;
};

// What a project keeps: days from that one on (YYYYMMDD, UTC). One without keeps all.
struct KeptDays {
  ProjectKey project = 0;
  int first_day = 0;
};

// What deleting a project's days before one would free.
struct FreedRoom {
  std::int64_t traces = 0;
  std::int64_t bytes = 0;  // its share of the files, by spans
};

// A reader thread's view of the store: what was committed when each call began.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // ResourceExhausted when a query would have to look at too much.
  virtual Result<TracePage> ListTraces(const TraceQuery& query) = 0;
  // Newest first; the total is exact up to kMaxTracesScanned.
  virtual Result<TracePage> ListConversations(const ConversationQuery& query) = 0;
  // Newest first, up to kMaxTracesScanned; paging and limit do not count.
  virtual Result<ScanExtent> ScanConversations(const ConversationQuery& query,
                                               const ConversationVisitor& visit) = 0;
  // Which services the newest kMaxConversationsForServices of them had.
  virtual Result<ServiceCounts> CountServices(const ConversationQuery& query) = 0;
  // Ended turns and services of the conversations in range, newest first, up to kMaxSpansScanned.
  virtual Result<ScanExtent> ScanVoice(const VoiceQuery& query, const VoiceVisitor& visit) = 0;
  // Rows in no order, also several of one series and start: their sum counts.
  virtual Status ReadRollups(const RollupQuery& query, const RollupVisitor& visit) = 0;
  // With a known reply time, the slowest first.
  virtual Result<std::vector<SlowTurn>> SlowestTurns(const ReplyQuery& query) = 0;
  virtual Result<std::optional<TraceRow>> FindTrace(ProjectKey project, const TraceId& id) = 0;
  // All spans of a trace in order of start; ResourceExhausted above kMaxSpansPerTraceRead.
  virtual Result<std::vector<SpanRow>> Spans(const TracePlace& trace) = 0;
  // The same, of each no more than its mark; of more than kMaxSpansPerTraceRead only that many.
  virtual Result<std::vector<SpanMark>> Marks(const TracePlace& trace) = 0;
  // One span of a trace, also its entry (kTraceEntryId), which Spans leaves out.
  virtual Result<std::optional<SpanRow>> SpanOf(const TracePlace& trace, SpanId id) = 0;
  virtual Result<std::vector<TurnRow>> Turns(const TracePlace& trace) = 0;
  virtual Result<SpanBody> Body(const TracePlace& trace, const SpanRow& span) = 0;
  virtual Result<SpanPage> ListSpans(const SpanQuery& query) = 0;
  virtual Result<SessionPage> ListSessions(const SessionQuery& query) = 0;
  // The latest first; ResourceExhausted above kMaxTracesScanned groups.
  virtual Result<CallGroupPage> ListCallGroups(const CallGroupQuery& query) = 0;
  // By span id alone; the newest if several traces have it.
  virtual Result<std::optional<FoundSpan>> FindSpan(ProjectKey project, SpanId id) = 0;

  virtual Result<ScorePage> ListScores(const ScoreQuery& query) = 0;
  virtual Result<FreedRoom> RoomBefore(ProjectKey project, int first_day) = 0;
};

// Counted since the start. Reloads that grow mean that the cache of live traces is
// smaller than the number of open conversations, which costs a third more.
struct StoreStats {
  std::uint64_t commits = 0;
  std::uint64_t spans = 0;
  std::uint64_t cache_hits = 0;
  std::uint64_t cache_reloads = 0;
  std::uint64_t cache_evictions = 0;
  std::uint64_t index_backlog = 0;  // traces that wait for index.db; now, not since the start
  std::int64_t last_commit_ns = 0;  // wall time; 0: none yet
  std::vector<int> damaged_days{};  // YYYYMMDD; their files are passed over or put aside
};

// What a commit changed of a trace: spans that came, or its rows alone (0 spans).
struct TraceChange {
  ProjectKey project = 0;
  TraceId trace;
  std::size_t spans = 0;
  bool complete = false;  // its root has ended
};

class Store {
 public:
  virtual ~Store() = default;

  // Called after each commit, on the writer's thread: it only notes and goes. One
  // listener; null ends it, and the old one is not called any more on return.
  using CommitListener = std::function<void(std::span<const TraceChange>)>;
  virtual void Watch(CommitListener listener) = 0;

  // Takes the batch, or says ResourceExhausted at once when the queue is full and
  // Unavailable when the store is stopping; then `done` is not called. Else `done`
  // is called once: OK when every span is on disk, or why nothing may be counted on.
  using AppendDone = UniqueFunction<void(Result<AppendOutcome>)>;
  virtual Status Append(SpanBatch batch, AppendDone done) = 0;
  // What Append would say now of a batch of that many bytes. Asked before anything is made of
  // them, so that what is refused costs next to nothing. Any thread.
  virtual Status Admits(std::size_t bytes) const = 0;

  // Runs `job` on a reader thread; ResourceExhausted when too many wait.
  using ReadJob = UniqueFunction<void(StoreReader&)>;
  virtual Status Read(ReadJob job) = 0;

  // Writes scores, or deletes one (OK also when there is none). `done` is called once,
  // on the thread that writes them: OK when it is on disk. ResourceExhausted when too
  // many wait, and Unavailable when the store is stopping; then `done` is not called.
  using Done = UniqueFunction<void(Status)>;
  virtual Status WriteScores(std::vector<ScoreRow> scores, Done done) = 0;
  virtual Status DeleteScore(ProjectKey project, std::string id, Done done) = 0;

  // Deletes traces, by the ids that clients know, with their scores; unknown ones are
  // fine. When `done` is OK they are hidden for good; their words, bodies and room on the
  // disk follow. Spans that come later begin a new trace.
  virtual Status DeleteTraces(ProjectKey project, std::vector<std::string> ids, Done done) = 0;
  // Deletes what no rule keeps, day by day, behind the answer.
  virtual Status Retain(std::vector<KeptDays> rules) = 0;

  // Why the last commit failed, or OK: a full disk shows here until a commit succeeds.
  virtual Status Health() const = 0;

  virtual StoreStats stats() const = 0;

  // Commits what is queued, writes what is kept in memory, stops. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace repartee::server
