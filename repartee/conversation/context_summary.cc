#include "repartee/conversation/context_summary.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace repartee {
namespace {

constexpr int kCharactersPerToken = 4;
constexpr int kTokensPerMessage = 10;
constexpr int kTokensPerImage = 500;

std::string_view TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get_ref<const std::string&>()
                                                     : std::string_view();
}

bool IsRole(const Json& message, std::string_view role) { return TextAt(message, "role") == role; }

const Json& ListAt(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : kNone;
}

std::size_t CallCharacters(const Json& message) {
  std::size_t characters = 0;
  for (const Json& call : ListAt(message, "tool_calls")) {
    const auto function = call.find("function");
    if (function == call.end()) continue;
    characters += TextAt(*function, "name").size() + TextAt(*function, "arguments").size();
  }
  return characters;
}

std::string PlainText(const Json& message) {
  std::string text(TextAt(message, "content"));
  for (const Json& part : ListAt(message, "content")) {
    const std::string_view words = TextAt(part, "text");
    text += (text.empty() ? "" : " ") +
            (words.empty() ? "[" + std::string(TextAt(part, "type")) + "]" : std::string(words));
  }
  for (const Json& call : ListAt(message, "tool_calls")) {
    const auto function = call.find("function");
    if (function == call.end()) continue;
    text += "calls " + std::string(TextAt(*function, "name")) + " with " +
            std::string(TextAt(*function, "arguments"));
  }
  return text;
}

// The first message of [range) whose tool calls are not all answered within it, else range.last.
std::size_t FirstUnfinishedCall(const Json& messages, SummaryRange range) {
  std::set<std::string_view> answered;
  for (std::size_t i = range.first; i < range.last; ++i) {
    if (IsRole(messages[i], "tool") && TextAt(messages[i], "content") != "IN_PROGRESS")
      answered.insert(TextAt(messages[i], "tool_call_id"));
  }
  for (std::size_t i = range.first; i < range.last; ++i) {
    for (const Json& call : ListAt(messages[i], "tool_calls")) {
      if (!answered.contains(TextAt(call, "id"))) return i;
    }
  }
  return range.last;
}

std::size_t FirstAfterSystem(const Json& messages) {
  return !messages.empty() && IsRole(messages[0], "system") ? 1 : 0;
}

}  // namespace

int EstimateTokens(const Json& messages) {
  std::size_t characters = 0;
  int fixed = 0;
  for (const Json& message : messages) {
    fixed += kTokensPerMessage;
    if (IsRole(message, "tool")) fixed += kTokensPerMessage;
    characters += TextAt(message, "content").size() + CallCharacters(message);
    for (const Json& part : ListAt(message, "content")) {
      characters += TextAt(part, "text").size();
      if (TextAt(part, "type") == "image_url") fixed += kTokensPerImage;
    }
  }
  return fixed + static_cast<int>(characters / kCharactersPerToken);
}

SummaryRange FindSummaryRange(const Json& messages, std::size_t keep) {
  SummaryRange range{FirstAfterSystem(messages), messages.size() - std::min(keep, messages.size())};
  range.last = std::max(range.first, range.last);
  range.last = FirstUnfinishedCall(messages, range);
  return range;
}

std::string TranscriptOf(const Json& messages, SummaryRange range) {
  std::string text;
  for (std::size_t i = range.first; i < range.last && i < messages.size(); ++i) {
    const std::string words = PlainText(messages[i]);
    if (words.empty()) continue;
    text += std::string(TextAt(messages[i], "role")) + ": " + words + "\n";
  }
  return text;
}

std::string DefaultSummarizationPrompt() {
  return "Summarize the conversation below so that somebody who has not heard it can carry it on. Keep "
         "names, "
         "numbers, dates, decisions, what the user wants, what was promised and what is still open. Leave "
         "out "
         "greetings and repetitions. Write plain sentences, no headings.";
}

Json WithSummary(const Json& messages, std::size_t last_summarized, const std::string& form,
                 const std::string& summary) {
  std::string text = form;
  if (const auto at = text.find("{summary}"); at != std::string::npos) {
    text.replace(at, std::string_view("{summary}").size(), summary);
  } else {
    text += summary;
  }
  Json shorter = Json::array();
  if (FirstAfterSystem(messages) == 1) shorter.push_back(messages[0]);
  shorter.push_back(Json{{"role", "user"}, {"content", std::move(text)}});
  for (std::size_t i = last_summarized + 1; i < messages.size(); ++i) shorter.push_back(messages[i]);
  return shorter;
}

}  // namespace repartee
