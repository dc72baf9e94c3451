// The language model: its context, its answer, and what changes either.
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

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

}  // namespace repartee
