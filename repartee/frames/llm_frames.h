// The language model: its context, its answer, and what changes either.
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/frames/frame.h"

namespace repartee {

class LLMContext;

// Run the model on this context. The frame carries the context itself, not a copy: a
// frame seen late shows later messages. Treated as data, though of no kind.
struct LLMContextFrame : Frame {
  static constexpr FrameType kFirst = FrameType::kLLMContext;
  static constexpr FrameType kLast = kFirst;
  explicit LLMContextFrame(std::shared_ptr<LLMContext> shared)
      : Frame(kFirst, FrameKind::kPlain), context(std::move(shared)) {}
  std::shared_ptr<LLMContext> context;  // shared with both aggregators
  bool speculation = false;
};

struct LLMFullResponseStartFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kLLMFullResponseStart;
  static constexpr FrameType kLast = kFirst;
  LLMFullResponseStartFrame() : ControlFrame(kFirst) {}
  std::optional<bool> skip_tts;
};
struct LLMFullResponseEndFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kLLMFullResponseEnd;
  static constexpr FrameType kLast = kFirst;
  LLMFullResponseEndFrame() : ControlFrame(kFirst) {}
  std::optional<bool> skip_tts;
};

// From the application: push the context now.
using LLMRunFrame = PlainFrame<DataFrame, FrameType::kLLMRun>;
using LLMAssistantPushAggregationFrame = PlainFrame<ControlFrame, FrameType::kLLMAssistantPushAggregation>;

// Messages in the chat form: {"role": ..., "content": ...}.
template <FrameType T>
struct LLMMessagesFrame : DataFrame {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit LLMMessagesFrame(Json array) : DataFrame(T), messages(std::move(array)) {}
  Json messages;
  std::optional<bool> run_llm;
};
using LLMMessagesAppendFrame = LLMMessagesFrame<FrameType::kLLMMessagesAppend>;
using LLMMessagesUpdateFrame = LLMMessagesFrame<FrameType::kLLMMessagesUpdate>;

// All messages are replaced by what `transform` makes of them.
struct LLMMessagesTransformFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMMessagesTransform;
  static constexpr FrameType kLast = kFirst;
  explicit LLMMessagesTransformFrame(std::function<Json(Json messages)> change)
      : DataFrame(kFirst), transform(std::move(change)) {}
  std::function<Json(Json messages)> transform;
  std::optional<bool> run_llm;
};

struct LLMSetToolsFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMSetTools;
  static constexpr FrameType kLast = kFirst;
  explicit LLMSetToolsFrame(Json schemas) : DataFrame(kFirst), tools(std::move(schemas)) {}
  Json tools;
};
struct LLMSetToolChoiceFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMSetToolChoice;
  static constexpr FrameType kLast = kFirst;
  explicit LLMSetToolChoiceFrame(Json choice) : DataFrame(kFirst), tool_choice(std::move(choice)) {}
  Json tool_choice;
};
struct LLMConfigureOutputFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMConfigureOutput;
  static constexpr FrameType kLast = kFirst;
  explicit LLMConfigureOutputFrame(bool skip) : DataFrame(kFirst), skip_tts(skip) {}
  bool skip_tts;
};

// A finished turn, as it was written into the context. `timestamp` is ISO 8601, UTC.
template <FrameType T>
struct LLMContextTurnFrame : DataFrame {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  LLMContextTurnFrame(std::string content, std::string time)
      : DataFrame(T), text(std::move(content)), timestamp(std::move(time)) {}
  std::string text;
  std::string timestamp;
};
using LLMContextUserTurnFrame = LLMContextTurnFrame<FrameType::kLLMContextUserTurn>;
using LLMContextAssistantTurnFrame = LLMContextTurnFrame<FrameType::kLLMContextAssistantTurn>;

struct LLMContextAssistantTimestampFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMContextAssistantTimestamp;
  static constexpr FrameType kLast = kFirst;
  explicit LLMContextAssistantTimestampFrame(std::string time)
      : DataFrame(kFirst), timestamp(std::move(time)) {}
  std::string timestamp;
};

// What the model thinks before it answers; kept apart from the answer.
struct LLMThoughtStartFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kLLMThoughtStart;
  static constexpr FrameType kLast = kFirst;
  LLMThoughtStartFrame() : ControlFrame(kFirst) {}
  bool append_to_context = false;
  std::string llm;  // whose message it is in the context; needed to append it
};
struct LLMThoughtTextFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMThoughtText;
  static constexpr FrameType kLast = kFirst;
  explicit LLMThoughtTextFrame(std::string content) : DataFrame(kFirst), text(std::move(content)) {}
  std::string text;
  bool includes_inter_frame_spaces = true;
};
struct LLMThoughtEndFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kLLMThoughtEnd;
  static constexpr FrameType kLast = kFirst;
  LLMThoughtEndFrame() : ControlFrame(kFirst) {}
  Json signature;  // the vendor's proof of the thought; null: none
};

// A sign at the head of an answer that tells what kind of answer it is; not spoken.
struct LLMMarkerFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMMarker;
  static constexpr FrameType kLast = kFirst;
  explicit LLMMarkerFrame(std::string sign) : DataFrame(kFirst), marker(std::move(sign)) {}
  std::string marker;
  bool append_to_context_immediately = true;  // else in front of the text that follows
};
// For observers: the answer with its markers, as it came.
struct LLMMarkerResponseFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kLLMMarkerResponse;
  static constexpr FrameType kLast = kFirst;
  explicit LLMMarkerResponseFrame(std::string answer) : DataFrame(kFirst), raw(std::move(answer)) {}
  std::string raw;
  std::string marker;  // empty: none
  std::string kind;    // what the marker means; empty: nothing known
  std::vector<std::string> markers;
};

// How a long context is shortened.
struct LLMContextSummaryConfig {
  int target_context_tokens = 6000;
  int min_messages_after_summary = 4;  // the last ones, kept as they are
  std::string summarization_prompt{};  // empty: the default one
  std::string summary_message_template = "Conversation summary: {summary}";
  double summarization_timeout = 120;  // seconds
};
// From the application: shorten the context now.
struct LLMSummarizeContextFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kLLMSummarizeContext;
  static constexpr FrameType kLast = kFirst;
  LLMSummarizeContextFrame() : ControlFrame(kFirst) {}
  std::optional<LLMContextSummaryConfig> config;  // else the aggregator's
};
// To the model: make a summary of all but the last messages.
struct LLMContextSummaryRequestFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kLLMContextSummaryRequest;
  static constexpr FrameType kLast = kFirst;
  LLMContextSummaryRequestFrame(std::string id, std::shared_ptr<LLMContext> shared)
      : ControlFrame(kFirst), request_id(std::move(id)), context(std::move(shared)) {}
  std::string request_id;
  std::shared_ptr<LLMContext> context;  // shared with both aggregators
  int min_messages_to_keep = 4;
  int target_context_tokens = 6000;
  std::string summarization_prompt;
  std::optional<double> summarization_timeout;  // seconds
};
// And its answer. `last_summarized_index` is of the last message the summary covers, -1: none.
struct LLMContextSummaryResultFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kLLMContextSummaryResult;
  static constexpr FrameType kLast = kFirst;
  LLMContextSummaryResultFrame(std::string id, std::string text, int index)
      : ControlFrame(kFirst, false),
        request_id(std::move(id)),
        summary(std::move(text)),
        last_summarized_index(index) {}
  std::string request_id;
  std::string summary;
  int last_summarized_index;
  std::string error;  // empty: none
};

}  // namespace repartee
