#include "repartee/server/ui/turn_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "repartee/server/model/saturating.h"
#include "repartee/server/ui/spoken.h"

namespace repartee::server {
namespace {

std::optional<double> FirstTtfb(const TurnGroup& turn, Stage stage) {
  for (const SpanRow* span : turn.members) {
    if (span->facts.stage == stage && span->facts.ttfb_us >= 0)
      return static_cast<double>(span->facts.ttfb_us) / 1e3;
  }
  return std::nullopt;
}

std::optional<std::int64_t> LatencyNs(const TurnGroup& turn) {
  if (turn.own == nullptr || turn.own->facts.ub_latency_us < 0) return std::nullopt;
  return turn.own->facts.ub_latency_us * 1'000;
}

void CountMembers(const TurnGroup& turn, TurnView& view) {
  for (const SpanRow* span : turn.members) {
    const SpanFacts& facts = span->facts;
    if (facts.cost >= 0) view.cost = SaturatingAdd(std::max<std::int64_t>(view.cost, 0), facts.cost);
    if (facts.stage == Stage::kLlm) ++view.llm_calls;
    if (facts.type != ObservationType::kTool) continue;
    ToolView& tool = view.tools.emplace_back();
    tool.name = span->name;
    tool.error = facts.level == Level::kError;
    if ((facts.flags & kFlagProvisional) == 0)
      tool.duration_ms = static_cast<double>(facts.end_ns - facts.start_ns) / 1e6;
  }
}

}  // namespace

SpeechTimes SpeechTimesOf(const TurnGroup& turn, std::optional<std::int64_t> playback_ns) {
  SpeechTimes times;
  std::optional<std::int64_t> first_byte;
  for (const SpanRow* span : turn.members) {
    const SpanFacts& facts = span->facts;
    const std::int64_t ttfb = facts.ttfb_us >= 0 ? facts.ttfb_us * 1'000 : 0;
    if (facts.stage == Stage::kStt) {
      if (!times.user_from_ns) times.user_from_ns = facts.start_ns;
      // The span ends with the transcript, which came that long after the last word.
      times.user_to_ns = std::max(facts.start_ns, facts.end_ns - ttfb);
    }
    if (facts.stage == Stage::kTts) {
      if (!first_byte) first_byte = facts.start_ns + ttfb;
      times.bot_to_ns = std::max(times.bot_to_ns.value_or(0), facts.end_ns);
    }
  }
  if (!first_byte) return times;
  const std::optional<std::int64_t> latency = LatencyNs(turn);
  times.bot_from_ns = playback_ns                   ? *playback_ns
                      : latency && times.user_to_ns ? *times.user_to_ns + *latency
                                                    : *first_byte;
  if (latency && times.user_from_ns)
    times.user_to_ns = std::max(*times.user_from_ns, *times.bot_from_ns - *latency);
  times.bot_to_ns = std::max(*times.bot_to_ns, *times.bot_from_ns);
  const bool cut = turn.own != nullptr && (turn.own->facts.flags & kFlagInterrupted) != 0;
  if (cut && !turn.is_open())
    times.bot_to_ns = std::max(*times.bot_from_ns, std::min(*times.bot_to_ns, turn.end_ns));
  return times;
}

Result<TurnView> MakeTurn(SpanOpener& opener, const TurnGroup& turn, bool live) {
  TurnView view;
  view.span = turn.id;
  view.number = turn.number;
  view.label = fmt::format("turn-{}", turn.number);
  view.start_ns = turn.start_ns;
  view.live = live && turn.is_open();
  if (!view.live) view.end_ns = turn.end_ns;
  view.ended_by_hangup = turn.hung_up;
  view.interrupted = turn.is_interrupted();
  if (const std::optional<std::int64_t> latency = LatencyNs(turn))
    view.reply_ms = static_cast<double>(*latency) / 1e6;
  Result<Spoken> spoken = ReadSpoken(opener, turn, view.reply_ms);
  if (!spoken.ok()) return std::move(spoken).status();
  view.user_text = std::move(spoken->user_text);
  view.bot_text = std::move(spoken->bot_text);
  view.bot_unspoken = std::move(spoken->bot_unspoken);
  view.errors = std::move(spoken->errors);
  const SpeechTimes times = SpeechTimesOf(turn, spoken->playback_ns);
  view.user_from_ns = times.user_from_ns;
  view.user_to_ns = times.user_to_ns;
  view.bot_from_ns = times.bot_from_ns;
  view.bot_to_ns = times.bot_to_ns;
  view.bot_first = view.user_text.empty() && !view.user_from_ns && !view.bot_text.empty();
  view.stt_ttfb_ms = FirstTtfb(turn, Stage::kStt);
  view.llm_ttfb_ms = FirstTtfb(turn, Stage::kLlm);
  view.tts_ttfb_ms = FirstTtfb(turn, Stage::kTts);
  view.contributions = std::move(spoken->contributions);
  if (view.reply_ms && view.contributions.empty())
    view.contributions = MeasuredContributions(*view.reply_ms, turn);
  CountMembers(turn, view);
  return view;
}

}  // namespace repartee::server
