// LLMAssistantAggregator: writes down what the bot said and what its tools answered.
//
// Sits behind the output transport, so that the context holds what was played: after an
// interruption, the words that were heard. Calls of tools and their results go into the
// context as they come, and the context goes back upstream to the model when all
// results of a group are there: not while the user or the bot speaks, and once for
// results that come together.
//
// Limits: 1 MiB of text a turn. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <string>

#include "repartee/conversation/context_summarizer.h"
#include "repartee/conversation/function_call_log.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/conversation/summary_model.h"
#include "repartee/conversation/text_parts.h"
#include "repartee/conversation/thoughts.h"
#include "repartee/pipeline/frame_processor.h"

namespace repartee {

struct FunctionCallResultFrame;

struct LLMAssistantAggregatorParams {
  // The context is shortened by summaries when it has grown too long.
  bool enable_auto_context_summarization = false;
  // Also the defaults of an LLMSummarizeContextFrame.
  LLMAutoContextSummarizationConfig auto_context_summarization_config{};
  // An LLMService in no pipeline that makes the summaries; borrowed, outlives the task's run. Null: the
  // conversation's own model makes them.
  FrameProcessor* summary_llm = nullptr;
};

class LLMAssistantAggregator final : public FrameProcessor {
 public:
  // The context is shared with the user aggregator and with frames; not null.
  explicit LLMAssistantAggregator(std::shared_ptr<LLMContext> context,
                                  LLMAssistantAggregatorParams params = {});

  const std::shared_ptr<LLMContext>& context() const { return context_; }
  bool has_function_calls_in_progress() const { return calls_.any_running(); }
  std::vector<FrameProcessor*> Children() override;

  // Times are ISO 8601, UTC, with milliseconds: when the turn started.
  Event<> on_assistant_turn_started;
  Event<std::string, bool, std::string> on_assistant_turn_stopped;  // content, interrupted, timestamp
  Event<std::string, std::string> on_assistant_thought;             // content, timestamp
  Event<std::string, std::string> on_assistant_backchannel;         // text, when it began to be spoken
  Event<std::size_t, std::size_t> on_summary_applied;               // messages before and after

 protected:
  Status Process(FramePtr frame, Direction direction) override;
  Status OnSetup() override;
  void OnCleanup() override { summarizer_.Stop(); }

 private:
  enum class TurnEnd : unsigned char {
    kComplete,
    kInterrupted
  };

  Status HandleContextFrame(const Frame& frame);
  Status HandleMedia(const Frame& frame);
  Status HandleUserImage(const Frame& frame);
  Status HandleAnswerFrame(const Frame& frame);
  Status HandleFunctionCallFrame(FramePtr frame, Direction direction);
  void OnText(const Frame& frame);
  void OnResult(const FunctionCallResultFrame& frame);
  void StartTurn();
  void StopTurn(TurnEnd end);
  void FlushText();
  void WriteAnswer(const std::string& text);
  void AskForInference();
  void AskForSummary(FramePtr request);
  void PushOwedContext();
  void MaybePushContext();
  void PushContextUpstream();
  std::string Now() const;

  const std::shared_ptr<LLMContext> context_;
  FunctionCallLog calls_;
  LLMThought thought_;
  LLMContextSummarizer summarizer_;
  std::optional<SummaryModel> summary_model_;
  const bool summarizes_by_itself_;
  TextParts parts_;
  std::string turn_started_at_;  // empty: no turn open
  bool bot_speaking_ = false;
  bool user_speaking_ = false;
  bool inference_owed_ = false;
  bool push_on_bot_stopped_ = false;
};

}  // namespace repartee
