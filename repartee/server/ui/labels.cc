#include "repartee/server/ui/labels.h"

#include <fmt/format.h>

#include <algorithm>

namespace repartee::server {
namespace {

// Providers whose name on the wire is not the service's class name in lower case.
std::string ServiceWord(std::string_view provider) {
  static constexpr std::pair<std::string_view, std::string_view> kOwnNames[] = {
      {"aws.bedrock", "awsbedrock"},
      {"azure.ai.openai", "azure"},
      {"az.ai.openai", "azure"},
      {"gcp.gemini", "google"},
      {"gcp.vertex_ai", "googlevertex"},
      {"x_ai", "grok"},
      {"xai", "grok"},
      {"mistral_ai", "mistral"},
  };
  for (const auto& [wire, word] : kOwnNames) {
    if (provider == wire) return std::string(word);
  }
  std::string word;
  for (const char c : provider) {
    if (c >= 'A' && c <= 'Z') word += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) word += c;
  }
  return word;
}

}  // namespace

std::string_view StageName(const SpanRow& span) {
  if (span.facts.type == ObservationType::kTool) return "tool";
  constexpr std::string_view kNames[] = {"", "conversation", "turn", "stt", "llm", "tts"};
  return kNames[static_cast<std::size_t>(span.facts.stage)];
}

std::string SpanLabel(const SpanRow& span) {
  const SpanFacts& facts = span.facts;
  if (facts.stage == Stage::kTurn && facts.turn_number >= 0) return fmt::format("turn-{}", facts.turn_number);
  const bool is_service = facts.stage >= Stage::kStt;
  const std::string_view stage = StageName(span);
  if (!is_service || span.name != stage || span.provider.empty()) return span.name;
  return fmt::format("{0}_{1}{0}service", stage, ServiceWord(span.provider));
}

std::string ServiceLabel(const SpanRow& span) {
  if (span.provider.empty() || span.model.empty()) return span.provider + span.model;
  return span.provider + " · " + span.model;
}

}  // namespace repartee::server
