#include "repartee/server/store/sqlite/live_trace.h"

#include <algorithm>
#include <utility>

#include "repartee/server/model/saturating.h"

namespace repartee::server {
namespace {

std::uint32_t Clamp(std::int64_t us) {
  return static_cast<std::uint32_t>(std::min<std::int64_t>(us, 0xffffffff));
}

// Nearest rank; -1 of nothing.
std::int64_t Quantile(std::vector<std::uint32_t> values, double q) {
  if (values.empty()) return -1;
  const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

}  // namespace

LiveTrace::LiveTrace(ProjectKey project, const TraceId& id, TracePlace place) {
  row.project = project;
  row.id = id;
  row.place = place;
  ResetNumbers();
}

LiveTrace::Turn* LiveTrace::FindTurn(SpanId id) {
  // From the back: what arrives belongs to the latest turns, so long calls stay cheap.
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    if (turn->row.span == id) return &*turn;
  }
  return nullptr;
}

LiveTrace::Turn& LiveTrace::TurnOf(SpanId id) {
  if (Turn* known = FindTurn(id)) return *known;
  Turn& turn = turns.emplace_back();
  turn.row.span = id;
  turn.row.number = -1;
  return turn;
}

void LiveTrace::ApplyTurn(SpanId id, const SpanFacts& facts) {
  Turn& turn = TurnOf(id);
  turn.row.number = std::max(facts.turn_number, 0);
  turn.row.start_ns = facts.start_ns;
  turn.row.end_ns = facts.end_ns;
  turn.said_interrupted = (facts.flags & (kFlagInterrupted | kFlagEndedByHangup)) == kFlagInterrupted;
  turn.row.ub_latency_us = facts.ub_latency_us;
  turn.dirty = true;
  ++row.turns;
  if (facts.ub_latency_us >= 0) latencies_us_.push_back(Clamp(facts.ub_latency_us));
}

// Children come before their turn and know only its id.
void LiveTrace::ApplyService(SpanId parent, const SpanFacts& facts) {
  const int stage = static_cast<int>(facts.stage) - static_cast<int>(Stage::kStt);
  if (facts.ttfb_us >= 0) ttfbs_us_[stage].push_back(Clamp(facts.ttfb_us));
  if (parent == 0 || (facts.flags & kFlagOfTurn) == 0) return;
  // A parent that has come and is no turn (the conversation) gets no turn row.
  Turn* turn = FindTurn(parent);
  if (turn == nullptr && hashes.contains(parent)) return;
  if (turn == nullptr) turn = &TurnOf(parent);
  std::int64_t* const ttfb[] = {&turn->row.stt_ttfb_us, &turn->row.llm_ttfb_us, &turn->row.tts_ttfb_us};
  // The first one of a turn is the one that was waited for.
  if (facts.ttfb_us >= 0 && *ttfb[stage] < 0) *ttfb[stage] = facts.ttfb_us;
  if (turn->row.number < 0) {
    turn->row.start_ns =
        turn->row.start_ns == 0 ? facts.start_ns : std::min(turn->row.start_ns, facts.start_ns);
    turn->row.end_ns = std::max(turn->row.end_ns, facts.end_ns);
  }
  turn->dirty = true;
}

void LiveTrace::Apply(SpanId id, SpanId parent, const SpanFacts& facts) {
  if ((facts.flags & kFlagTraceEntry) != 0) {
    if (!has_span_) row.end_ns = facts.start_ns;
    row.start_ns = facts.start_ns;
    has_entry_ = true;
    row.complete = true;
    return;
  }
  first_span_ns_ = has_span_ ? std::min(first_span_ns_, facts.start_ns) : facts.start_ns;
  if (!has_entry_) row.start_ns = first_span_ns_;
  row.end_ns = has_span_ ? std::max(row.end_ns, facts.end_ns) : facts.end_ns;
  has_span_ = true;
  if ((facts.flags & kFlagProvisional) != 0) {
    // Its children may come before it ends; they must find their turn.
    if (facts.stage == Stage::kTurn) TurnOf(id);
    return;
  }
  ++row.spans;
  row.level = std::max(row.level, facts.level);
  if (facts.level == Level::kError) ++row.errors;
  if (facts.level == Level::kWarning) ++row.warnings;
  if (facts.cost >= 0) row.cost = SaturatingAdd(std::max<std::int64_t>(row.cost, 0), facts.cost);
  Accumulate(row.input_tokens, std::max<std::int64_t>(facts.input_tokens, 0));
  Accumulate(row.output_tokens, std::max<std::int64_t>(facts.output_tokens, 0));
  Accumulate(row.total_tokens, std::max<std::int64_t>(facts.total_tokens, 0));
  if ((facts.flags & kFlagNoParent) != 0) row.complete = true;
  if (facts.stage == Stage::kTurn) {
    ApplyTurn(id, facts);
  } else {
    if (facts.stage >= Stage::kStt) ApplyService(parent, facts);
    const auto mistaken = std::find_if(turns.begin(), turns.end(),
                                       [id](const Turn& t) { return t.row.span == id && t.row.number < 0; });
    if (mistaken != turns.end()) {
      dropped_turns.push_back(id);
      turns.erase(mistaken);
    }
  }
}

void LiveTrace::ResetNumbers() {
  row.level = Level::kDebug;
  row.spans = row.errors = row.warnings = 0;
  row.cost = -1;
  row.input_tokens = row.output_tokens = row.total_tokens = 0;
  row.turns = row.interrupted_turns = 0;
  row.complete = false;
  turns.clear();
  dropped_turns.clear();
  latencies_us_.clear();
  for (auto& values : ttfbs_us_) values.clear();
  has_span_ = false;
  has_entry_ = false;
}

// Spans speak in the order of their starts, in whatever order they come; the
// environment is the first one's.
void LiveTrace::MergeFields(const SpanRecord& record) {
  TraceFields known{.name = std::move(row.name),
                    .user_id = std::move(row.user_id),
                    .session_id = std::move(row.session_id),
                    .release = std::move(row.release),
                    .version = std::move(row.version),
                    .environment = {},
                    .tags = std::move(row.tags),
                    .is_public = row.is_public,
                    .whole = last_was_whole_};
  TraceFields said = *record.fields;
  const std::int64_t start = record.facts.start_ns;
  if (said.environment && start < first_said_ns_) row.environment = *said.environment;
  first_said_ns_ = std::min(first_said_ns_, start);
  said.environment.reset();
  if (start < last_said_ns_) std::swap(known, said);
  last_said_ns_ = std::max(last_said_ns_, start);
  known.Merge(std::move(said));
  last_was_whole_ = known.whole;
  row.name = std::move(known.name);
  row.user_id = std::move(known.user_id);
  row.session_id = std::move(known.session_id);
  row.release = std::move(known.release);
  row.version = std::move(known.version);
  row.tags = std::move(known.tags);
  row.is_public = known.is_public.value_or(false);
}

void LiveTrace::NoteSaid(const SpanFacts& facts) {
  if ((facts.flags & (kFlagRoot | kFlagTraceUpdate)) == 0) return;
  first_said_ns_ = std::min(first_said_ns_, facts.start_ns);
  last_said_ns_ = std::max(last_said_ns_, facts.start_ns);
  last_was_whole_ = last_was_whole_ || (facts.flags & kFlagMerged) == 0;
}

void LiveTrace::MergeTexts(const SpanRecord& record) {
  if (record.fields) MergeFields(record);
  const bool speaks = record.fields != nullptr;
  if (!record.preview_input.empty() && (speaks || row.preview_input.empty()))
    row.preview_input = record.preview_input;
  if (!record.preview_output.empty()) row.preview_output = record.preview_output;
}

// Who barges in opens the next turn. Pipecat says "interrupted" of the turn that is open at
// hang-up too; behind that one no turn comes.
void LiveTrace::SettleInterruptions() {
  std::int32_t last = -1;
  for (const Turn& turn : turns) last = std::max(last, turn.row.number);
  row.interrupted_turns = 0;
  for (Turn& turn : turns) {
    const bool hung_up = row.complete && turn.row.number == last;
    const bool interrupted = turn.said_interrupted && !hung_up;
    if (interrupted) ++row.interrupted_turns;
    if (std::exchange(turn.row.interrupted, interrupted) != interrupted) turn.dirty = true;
  }
}

void LiveTrace::Summarise() {
  SettleInterruptions();
  if (row.spans == 0) row.level = Level::kDefault;
  row.ub_latency_p50_us = Quantile(latencies_us_, 0.5);
  row.ub_latency_p95_us = Quantile(latencies_us_, 0.95);
  row.ub_latency_max_us = Quantile(latencies_us_, 1.0);
  row.stt_ttfb_p50_us = Quantile(ttfbs_us_[0], 0.5);
  row.llm_ttfb_p50_us = Quantile(ttfbs_us_[1], 0.5);
  row.tts_ttfb_p50_us = Quantile(ttfbs_us_[2], 0.5);
}

std::int64_t LiveTrace::lead_ns() const {
  return has_span_ ? std::max<std::int64_t>(row.start_ns - first_span_ns_, 0) : 0;
}

std::size_t LiveTrace::bytes() const {
  constexpr std::size_t kFixed = 1'200;  // the object, its row's texts, its places in the lists
  return kFixed + hashes.size() * 40 + texts.size() * 72 + turns.size() * sizeof(Turn) +
         static_cast<std::size_t>(row.spans) * 4;
}

}  // namespace repartee::server
