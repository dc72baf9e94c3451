// LiveTrace: a trace that spans are arriving for, with its row, its turns and what
// is needed to recognise spans and texts it has had.
//
// Its numbers are always what Apply over all its spans gives, so they can be
// recomputed from span rows: after a restart, after a replacement, after eviction.
//
// Thread: the writer's.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "repartee/server/store/sqlite/span_item.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

struct HashOfTextHash {
  std::size_t operator()(const TextHash& hash) const noexcept { return static_cast<std::size_t>(hash.low); }
};

class LiveTrace {
 public:
  LiveTrace(ProjectKey project, const TraceId& id, TracePlace place);

  // Adds an ended span's numbers. Of a provisional one only that the trace exists.
  void Apply(SpanId id, SpanId parent, const SpanFacts& facts);
  // Forgets all numbers; texts stay.
  void ResetNumbers();
  // What the record says of the trace, later over earlier.
  void MergeTexts(const SpanRecord& record);
  // Of a span whose record the row has had before the trace was loaded: where it spoke in time.
  void NoteSaid(const SpanFacts& facts);
  // Fills the quantiles of the row, and settles which turns the user cut short.
  void Summarise();
  // How long before the trace its first span began, in nanoseconds: only batch ingestion gives a
  // trace a time of its own.
  std::int64_t lead_ns() const;
  // A rough measure of the memory it takes.
  std::size_t bytes() const;

  struct Turn {
    TurnRow row;
    bool dirty = false;
    bool said_interrupted = false;  // by the turn's own span
  };

  TraceRow row;
  std::vector<Turn> turns;
  std::vector<SpanId> dropped_turns;  // were taken for turns by their children, and are none
  std::unordered_map<SpanId, std::uint64_t> hashes;
  bool has_all_hashes = true;
  struct Text {
    TextPlace place;
    SpanId found_by = 0;  // the span that is found by it; 0: none
  };
  std::unordered_map<TextHash, Text, HashOfTextHash> texts;

  // Book-keeping of the writer.
  std::int64_t first_batch = 0;  // pins the trace until index.db has it
  std::int64_t dirty_since = 0;  // oldest batch whose changes are not in the rows; 0: clean
  std::int64_t dirty_at_ns = 0;  // monotonic
  bool is_new = false;           // has no row yet
  bool keys_changed = false;     // start, user or session differ from what is written
  bool urgent = false;           // write with this commit
  bool rewrite_turns = false;    // turn rows may be stale: write all anew
  bool needs_recompute = false;
  bool changed = false;       // its change is to be told after the commit
  std::size_t new_spans = 0;  // of that change
  std::list<LiveTrace*>::iterator dirty_place;
  bool is_ended = false;          // among the ended ones of the writer's cache
  std::size_t counted_bytes = 0;  // there
  std::list<LiveTrace*>::iterator use_place;

 private:
  void MergeFields(const SpanRecord& record);
  Turn* FindTurn(SpanId id);
  Turn& TurnOf(SpanId id);
  void ApplyTurn(SpanId id, const SpanFacts& facts);
  void ApplyService(SpanId parent, const SpanFacts& facts);
  void SettleInterruptions();

  std::vector<std::uint32_t> latencies_us_;
  std::vector<std::uint32_t> ttfbs_us_[3];  // stt, llm, tts
  bool has_span_ = false;
  std::int64_t first_span_ns_ = 0;  // start of the earliest, if there is one
  // Start of the latest and of the earliest span that spoke for the trace.
  std::int64_t last_said_ns_ = INT64_MIN;
  std::int64_t first_said_ns_ = INT64_MAX;
  bool last_was_whole_ = false;
  bool has_entry_ = false;  // its start was said for the trace itself
};

}  // namespace repartee::server
