// A conversation as a row of the dashboard's list.
//
// Thread: pure functions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "repartee/server/store/store.h"

namespace repartee::server {

// A trace without its root is taken to go on for so long after its last span.
inline constexpr std::int64_t kLiveForNs = 600'000'000'000;

// One piece of the two-lane picture; milliseconds from the conversation's start.
struct StripPart {
  std::string_view lane;  // "caller", "bot", "barge_in", "error", "span"
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
};

// What somebody said of a conversation, in short.
struct ScoreMark {
  std::string name;
  std::string word{};  // a category, a text, True or False; empty: the number counts
  double value = 0;
};

struct ConversationView {
  TraceRow row;
  std::string title;
  bool live = false;
  bool voice = false;
  bool root_missing = false;
  std::vector<StripPart> strip;     // at most some hundred
  std::string stt, llm, tts;        // "deepgram · nova-3"; empty: none
  std::vector<ScoreMark> scores{};  // the latest first; filled by who shows them
};

// What a trace is called in lists: its name, else what was said first.
std::string TitleOf(const TraceRow& row);

// `spans` in order of start; may be empty when they were too many to read.
ConversationView MakeConversation(TraceRow row, std::span<const SpanRow> spans, std::int64_t now_ns);

}  // namespace repartee::server
