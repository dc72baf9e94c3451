#include "repartee/server/ui/contributions.h"

#include <algorithm>

#include "repartee/server/ui/labels.h"
#include "repartee/server/ui/opened_span.h"

namespace repartee::server {
namespace {

// Parts and whole are measured with one clock and told in seconds; more than this apart is a contradiction.
constexpr double kToleranceMs = 1.0;
constexpr double kWorthShowingMs = 0.05;

struct Kind {
  std::string_view key;
  std::string_view name;
  std::string_view owner;
  std::string_view stage;
  Stage service;
};

constexpr Kind kKinds[] = {
    {"endpointing_wait", "Endpointing wait", "setting", "wait", Stage::kNone},
    {"transcription", "Transcription", "service", "stt", Stage::kStt},
    {"turn_detection", "Turn detection", "setting", "wait", Stage::kNone},
    {"turn_completion", "Turn completion", "service", "llm", Stage::kLlm},
    {"waiting_for_user", "Waiting for the user", "setting", "wait", Stage::kNone},
    {"first_request", "First request", "bot", "wait", Stage::kNone},
    {"llm_inference", "LLM inference", "service", "llm", Stage::kLlm},
    {"llm_tool_call", "LLM tool call", "service", "llm", Stage::kLlm},
    {"function_handler", "Function handler", "tool", "tool", Stage::kNone},
    {"sentence_aggregation", "Sentence aggregation", "setting", "aggregation", Stage::kNone},
    {"awaiting_speakable_text", "Awaiting speakable text", "setting", "aggregation", Stage::kNone},
    {"speech_synthesis", "Speech synthesis", "service", "tts", Stage::kTts},
    {"output_transport", "Output transport", "pipeline", "transport", Stage::kNone},
    {"pipeline", "Pipeline", "pipeline", "transport", Stage::kNone},
};

constexpr std::string_view kPrefix = "latency.";

std::string DetailOf(const Kind& kind, const TurnGroup& turn) {
  if (kind.stage == "tool") {
    std::string names;
    for (const SpanRow* span : turn.members) {
      if (span->facts.type != ObservationType::kTool) continue;
      names += (names.empty() ? "" : ", ") + span->name;
    }
    return names;
  }
  if (kind.key == "endpointing_wait") return "stop_secs";
  if (kind.service == Stage::kNone) return {};
  for (const SpanRow* span : turn.members) {
    if (span->facts.stage == kind.service) return ServiceLabel(*span);
  }
  return {};
}

Contribution Unattributed(double from, double duration) {
  return {.name = "Unattributed",
          .owner = "unattributed",
          .stage = "unattributed",
          .from_ms = from,
          .duration_ms = duration,
          .detail = {}};
}

// Closes the gap to the whole; if the parts are more than the whole, they say nothing.
std::vector<Contribution> Complete(std::vector<Contribution> parts, double reply) {
  double sum = 0;
  for (Contribution& part : parts) {
    part.from_ms = sum;
    sum += part.duration_ms;
  }
  if (sum > reply + kToleranceMs) return {Unattributed(0, reply)};
  if (reply - sum > kToleranceMs) {
    parts.push_back(Unattributed(sum, reply - sum));
  } else if (!parts.empty()) {
    parts.back().duration_ms = std::max(0.0, parts.back().duration_ms + reply - sum);
  }
  return parts;
}

}  // namespace

std::vector<Contribution> ToldContributions(double reply_ms, const TurnGroup& turn,
                                            std::span<const otel::KeyValueView> attributes) {
  std::vector<Contribution> parts;
  for (const otel::KeyValueView& attribute : attributes) {
    if (!attribute.key.starts_with(kPrefix)) continue;
    const std::string_view key = attribute.key.substr(kPrefix.size());
    const auto kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [key](const Kind& k) { return k.key == key; });
    const std::optional<double> seconds = AttributeSeconds({&attribute, 1}, attribute.key);
    if (kind == std::end(kKinds) || !seconds || *seconds * 1e3 < kWorthShowingMs) continue;
    parts.push_back({.name = kind->name,
                     .owner = kind->owner,
                     .stage = kind->stage,
                     .duration_ms = *seconds * 1e3,
                     .detail = DetailOf(*kind, turn)});
  }
  if (parts.empty()) return parts;
  return Complete(std::move(parts), reply_ms);
}

std::vector<Contribution> MeasuredContributions(double reply_ms, const TurnGroup& turn) {
  const SpanRow* tts = nullptr;
  for (const SpanRow* span : turn.members) {
    if (tts == nullptr && span->facts.stage == Stage::kTts && span->facts.ttfb_us >= 0) tts = span;
  }
  // What began after the first sound was asked for is not what was waited for.
  const auto counts = [tts](const SpanRow& span) {
    return span.facts.ttfb_us >= 0 && (tts == nullptr || span.facts.start_ns <= tts->facts.start_ns);
  };
  const SpanRow* stt = nullptr;
  for (const SpanRow* span : turn.members) {
    if (span->facts.stage == Stage::kStt && counts(*span)) stt = span;
  }
  std::vector<Contribution> parts;
  const auto add = [&parts](const SpanRow& span, std::string_view name, std::string_view stage) {
    parts.push_back({.name = name,
                     .owner = "service",
                     .stage = stage,
                     .duration_ms = static_cast<double>(span.facts.ttfb_us) / 1e3,
                     .detail = ServiceLabel(span)});
  };
  if (stt != nullptr) add(*stt, "Transcription", "stt");
  for (const SpanRow* span : turn.members) {
    // An answer that was begun before the caller's last words was thrown away.
    const bool is_answer = stt == nullptr || span->facts.start_ns >= stt->facts.start_ns;
    if (span->facts.stage == Stage::kLlm && counts(*span) && is_answer) add(*span, "LLM first token", "llm");
  }
  if (tts != nullptr) add(*tts, "Speech synthesis", "tts");
  if (parts.empty()) return {Unattributed(0, reply_ms)};
  return Complete(std::move(parts), reply_ms);
}

}  // namespace repartee::server
