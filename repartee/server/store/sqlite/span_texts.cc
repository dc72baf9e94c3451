#include "repartee/server/store/sqlite/span_texts.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "repartee/base/random.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/model/hash.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMinText = 32;           // shorter ones cost more as a reference
constexpr std::size_t kMaxCuts = 2'048;        // a span; the rest stays in line
constexpr std::size_t kMaxParts = 4'096;       // a span; the rest is not found
constexpr std::size_t kMaxPartBytes = 65'536;  // longer ones are no speech

// Attributes that hold inputs and outputs.
constexpr std::string_view kTextKeys[] = {"input",
                                          "output",
                                          "transcript",
                                          "text",
                                          "tools",
                                          "prompt",
                                          "gen_ai.system_instructions",
                                          "gen_ai.input.messages",
                                          "gen_ai.output.messages",
                                          "gen_ai.tool.definitions",
                                          "gen_ai.tool.call.arguments",
                                          "gen_ai.tool.call.result",
                                          "input.value",
                                          "output.value",
                                          "lk.input_text",
                                          "lk.user_transcript",
                                          "lk.chat_ctx",
                                          "lk.function_tool.output",
                                          "lk.response.text",
                                          "tool_arguments",
                                          "tool_response",
                                          "ai.prompt",
                                          "ai.response.text",
                                          "genkit:input",
                                          "genkit:output",
                                          "all_messages_events",
                                          "mlflow.spanInputs",
                                          "mlflow.spanOutputs",
                                          "traceloop.entity.input",
                                          "traceloop.entity.output",
                                          "langfuse.trace.input",
                                          "langfuse.trace.output",
                                          "langfuse.observation.input",
                                          "langfuse.observation.output"};

bool HoldsTexts(std::string_view key) {
  return std::find(std::begin(kTextKeys), std::end(kTextKeys), key) != std::end(kTextKeys);
}

bool IsWhole(std::string_view key) { return key == "tools" || key == "gen_ai.tool.definitions"; }

// What every call of an agent repeats would be found in all of them.
bool IsSearched(std::string_view key) { return !IsWhole(key) && key != "gen_ai.system_instructions"; }

// Values that name things, not say them.
bool IsMark(std::string_view json_key) {
  constexpr std::string_view kMarks[] = {"role", "type", "id", "finish_reason", "tool_call_id", "mime_type"};
  return std::find(std::begin(kMarks), std::end(kMarks), json_key) != std::end(kMarks);
}

class TextFinder {
 public:
  TextFinder(std::string_view raw, bool is_searched, SpanTexts& texts)
      : raw_(raw), is_searched_(is_searched), texts_(texts) {}

  void Value(std::string_view key, std::string_view text) {
    if (text.empty()) return;
    const bool is_json = text.front() == '[' || text.front() == '{';
    const bool is_searched = is_searched_ && IsSearched(key);
    if (is_json && !IsWhole(key)) {
      JsonTexts(text, is_searched);
    } else {
      Add(text, false, is_searched);
    }
  }

 private:
  // The string literals of a JSON text, without unescaping: equal messages are
  // written alike by one sender, and the bytes come back as they were.
  void JsonTexts(std::string_view json, bool is_searched) {
    const char* at = json.data();
    const char* const end = at + json.size();
    std::string_view key;
    bool in_system = false;
    while (at < end) {
      const auto* open = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
      if (open == nullptr) return;
      const char* close = open + 1;
      while (close < end && *close != '"') close += *close == '\\' ? 2 : 1;
      if (close >= end) return;
      const std::string_view literal(open + 1, static_cast<std::size_t>(close - open - 1));
      at = close + 1;
      const char* next = at;
      while (next < end && *next == ' ') ++next;
      if (next < end && *next == ':') {
        key = literal;
        // A key may be long and repeated like any other text, but nobody said it.
        Add(literal, true, false);
        continue;
      }
      if (key == "role") in_system = literal == "system" || literal == "developer";
      Add(literal, true, is_searched && !in_system && !IsMark(key));
    }
  }

  void Add(std::string_view text, bool is_escaped, bool is_searched) {
    const bool is_cut = text.size() >= kMinText && texts_.cuts.size() < kMaxCuts;
    if (is_searched && !text.empty() && text.size() <= kMaxPartBytes && texts_.parts.size() < kMaxParts &&
        !text.starts_with("data:"))
      texts_.parts.push_back({text, is_escaped, is_cut ? static_cast<int>(texts_.cuts.size()) : -1});
    if (!is_cut) return;
    const auto offset = static_cast<std::size_t>(text.data() - raw_.data());
    texts_.cuts.push_back({offset, text.size(), HashText(text)});
  }

  std::string_view raw_;
  bool is_searched_;
  SpanTexts& texts_;
};

// A trace is found by its name, its people and its id.
void AddFields(const SpanRecord& record, SpanTexts& texts) {
  const auto add = [&texts](std::string_view text) {
    if (!text.empty()) texts.parts.push_back({text, false, -1});
  };
  add(record.foreign_trace_id);
  if (record.fields == nullptr) return;
  for (const auto* field : {&record.fields->name, &record.fields->user_id, &record.fields->session_id}) {
    if (*field) add(**field);
  }
}

// The four digits behind "\u".
std::optional<std::uint32_t> ReadUnit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  const char* const end = text.data() + at + 6;
  const auto [stop, error] = std::from_chars(text.data() + at + 2, end, unit, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return unit;
}

void AppendUtf8(std::string& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xc0 | (point >> 6));
  } else if (point < 0x10000) {
    byte(0xe0 | (point >> 12));
    byte(0x80 | ((point >> 6) & 0x3f));
  } else {
    byte(0xf0 | (point >> 18));
    byte(0x80 | ((point >> 12) & 0x3f));
    byte(0x80 | ((point >> 6) & 0x3f));
  }
  byte(0x80 | (point & 0x3f));
}

// Returns how many bytes the escape at `at` has; 0 if it is none.
std::size_t AppendUnit(std::string& out, std::string_view text, std::size_t at) {
  const std::optional<std::uint32_t> unit = ReadUnit(text, at);
  if (!unit) return 0;
  const bool is_high = *unit >= 0xd800 && *unit < 0xdc00;
  const std::optional<std::uint32_t> low = is_high ? ReadUnit(text, at + 6) : std::nullopt;
  if (low && *low >= 0xdc00 && *low < 0xe000) {
    AppendUtf8(out, 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00));
    return 12;
  }
  const bool is_alone = *unit >= 0xd800 && *unit < 0xe000;
  AppendUtf8(out, is_alone ? 0xfffd : *unit);
  return 6;
}

}  // namespace

TextHash HashText(std::string_view text) {
  static const std::uint64_t first = RandomBits();
  static const std::uint64_t second = RandomBits();
  return {Hash64(text, first), Hash64(text, second)};
}

SpanTexts FindTexts(const SpanRecord& record) {
  SpanTexts texts;
  const bool is_searched = (record.facts.flags & kFlagProvisional) == 0;
  TextFinder finder(record.raw, is_searched, texts);
  otel::internal::WireReader reader(record.raw);
  otel::internal::WireField field;
  while (reader.Next(field)) {
    if (field.number != 9 || field.type != 2) continue;
    const otel::KeyValueView attribute = otel::internal::OpenKeyValue(field.bytes);
    if (attribute.value.kind != otel::AnyValueView::Kind::kString || !HoldsTexts(attribute.key)) continue;
    finder.Value(attribute.key, attribute.value.bytes);
  }
  if (is_searched) AddFields(record, texts);
  return texts;
}

void AppendUnescaped(std::string& out, std::string_view escaped) {
  constexpr std::string_view kShort = "nrtbf";
  for (std::size_t at = 0; at < escaped.size();) {
    if (escaped[at] != '\\' || at + 1 == escaped.size()) {
      out += escaped[at++];
      continue;
    }
    if (const std::size_t taken = AppendUnit(out, escaped, at); taken > 0) {
      at += taken;
      continue;
    }
    // All of these are blanks to who looks for words.
    out += kShort.find(escaped[at + 1]) != std::string_view::npos ? ' ' : escaped[at + 1];
    at += 2;
  }
}

}  // namespace repartee::server
