// LLMContextSummarizer: keeps a context short. When it has grown too long, or the program
// asks, the model makes a summary of all but the last messages, which then stands in
// their place.
//
// A request counts until its result has come, its time is over or another is made, for
// which an interruption frees the way; a result that does not count is left out.
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "repartee/base/event_loop.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/frames/llm_frames.h"

namespace repartee {

// When a summary is made by itself.
struct LLMAutoContextSummarizationConfig {
  // Either is enough; one that is not given does not count.
  std::optional<int> max_context_tokens = 8000;       // by EstimateTokens
  std::optional<int> max_unsummarized_messages = 20;  // since the last summary
  LLMContextSummaryConfig summary_config{};
};

class LLMContextSummarizer {
 public:
  // `push` sends a request to the model.
  LLMContextSummarizer(std::shared_ptr<LLMContext> context, LLMAutoContextSummarizationConfig config,
                       std::function<void(FramePtr request)> push);

  // Between these two, frames may come.
  void Start(EventLoop& loop);
  void Stop() { timeout_.reset(); }

  // An answer begins: is the context too long?
  void CheckLength();
  // The program asks.
  void Summarize(const std::optional<LLMContextSummaryConfig>& config);
  void OnInterruption() { in_progress_ = false; }
  // True if the context was shortened.
  bool OnResult(const LLMContextSummaryResultFrame& result);

  // Called when a summary was put in: messages before and after.
  std::function<void(std::size_t before, std::size_t after)> on_summary_applied;

 private:
  void Request(const LLMContextSummaryConfig& config);

  const std::shared_ptr<LLMContext> context_;
  const LLMAutoContextSummarizationConfig config_;
  const std::function<void(FramePtr)> push_;
  std::optional<Timer> timeout_;  // from Start to Stop
  LLMContextSummaryConfig used_;  // by the request under way
  std::string pending_;           // its id; empty: none
  bool in_progress_ = false;      // no other is made meanwhile
  std::size_t size_after_summary_ = 0;
};

}  // namespace repartee
