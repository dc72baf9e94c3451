#include "repartee/server/ui/conversation_view.h"

#include <algorithm>

#include "repartee/server/ui/labels.h"
#include "repartee/server/ui/turn_groups.h"
#include "repartee/server/ui/turn_view.h"

namespace repartee::server {
namespace {

// The picture is a few hundred pixels wide: what is nearer than a hundredth is one piece.
constexpr std::int64_t kStripSteps = 100;
constexpr std::size_t kMaxSpanParts = 40;  // of a trace without turns

class Strip {
 public:
  Strip(std::int64_t start_ns, std::int64_t end_ns)
      : start_ns_(start_ns),
        step_ms_(std::max<std::int64_t>((end_ns - start_ns) / 1'000'000 / kStripSteps, 1)) {}

  void Add(std::string_view lane, std::int64_t from_ns, std::int64_t to_ns) {
    const StripPart part{lane, Offset(from_ns), std::max(Offset(from_ns), Offset(to_ns))};
    for (auto last = parts_.rbegin(); last != parts_.rend(); ++last) {
      if (last->lane != lane) continue;
      if (part.from_ms - last->to_ms >= step_ms_) break;
      last->to_ms = std::max(last->to_ms, part.to_ms);
      return;
    }
    parts_.push_back(part);
  }
  // Not joined with its neighbours.
  void AddAlone(std::string_view lane, std::int64_t from_ns, std::int64_t to_ns) {
    parts_.push_back({lane, Offset(from_ns), std::max(Offset(from_ns), Offset(to_ns))});
  }
  std::vector<StripPart> Take() && { return std::move(parts_); }

 private:
  std::int64_t Offset(std::int64_t ns) const {
    return std::max<std::int64_t>((ns - start_ns_) / 1'000'000, 0);
  }

  const std::int64_t start_ns_;
  const std::int64_t step_ms_;
  std::vector<StripPart> parts_;
};

void DrawTurn(const TurnGroup& turn, Strip& strip) {
  const SpeechTimes times = SpeechTimesOf(turn, std::nullopt);
  if (times.user_from_ns && times.user_to_ns) strip.Add("caller", *times.user_from_ns, *times.user_to_ns);
  if (times.bot_from_ns && times.bot_to_ns) strip.Add("bot", *times.bot_from_ns, *times.bot_to_ns);
  if (turn.is_interrupted()) strip.Add("barge_in", turn.end_ns, turn.end_ns);
}

std::vector<StripPart> DrawStrip(const TraceRow& row, std::span<const SpanRow> spans,
                                 const TurnGroups& groups, bool voice) {
  Strip strip(row.start_ns, row.end_ns);
  for (const TurnGroup& turn : groups.turns) DrawTurn(turn, strip);
  std::size_t drawn = 0;
  for (const SpanRow& span : spans) {
    if (span.facts.level == Level::kError) {
      strip.Add("error", span.facts.start_ns, span.facts.end_ns);
    } else if (!voice && (span.facts.flags & kFlagNoParent) == 0 && drawn < kMaxSpanParts) {
      strip.AddAlone("span", span.facts.start_ns, span.facts.end_ns);
      ++drawn;
    }
  }
  return std::move(strip).Take();
}

}  // namespace

std::string TitleOf(const TraceRow& row) {
  // Every Pipecat trace has this name: it tells nothing.
  if (row.name && !row.name->empty() && *row.name != "conversation") return *row.name;
  if (!row.preview_input.empty()) return row.preview_input;
  if (!row.preview_output.empty()) return row.preview_output;
  if (row.session_id && !row.session_id->empty()) return *row.session_id;
  return row.name.value_or("trace") + " " + row.id.Hex().substr(0, 8);
}

ConversationView MakeConversation(TraceRow row, std::span<const SpanRow> spans, std::int64_t now_ns) {
  ConversationView view;
  view.live = !row.complete && now_ns - row.last_update_ns < kLiveForNs;
  view.root_missing = !row.complete && !view.live;
  view.voice = row.turns > 0;
  for (const SpanRow& span : spans) {
    const Stage stage = span.facts.stage;
    if (stage == Stage::kTurn || stage == Stage::kConversation || stage == Stage::kStt ||
        stage == Stage::kTts)
      view.voice = true;
    std::string* const labels[] = {&view.stt, &view.llm, &view.tts};
    if (stage < Stage::kStt) continue;
    std::string& label = *labels[static_cast<int>(stage) - static_cast<int>(Stage::kStt)];
    if (label.empty()) label = ServiceLabel(span);
  }
  view.title = TitleOf(row);
  const TurnGroups groups = view.voice ? GroupByTurn(spans) : TurnGroups{};
  view.strip = DrawStrip(row, spans, groups, view.voice);
  // The row counts what has ended; while a call goes on, what is open counts as well.
  row.turns = std::max(row.turns, static_cast<std::int64_t>(groups.turns.size()));
  row.spans = std::max(row.spans, static_cast<std::int64_t>(spans.size()));
  view.row = std::move(row);
  return view;
}

}  // namespace repartee::server
