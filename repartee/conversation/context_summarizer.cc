#include "repartee/conversation/context_summarizer.h"

#include <algorithm>

#include "repartee/base/log.h"
#include "repartee/base/random.h"
#include "repartee/conversation/context_summary.h"

namespace repartee {

LLMContextSummarizer::LLMContextSummarizer(std::shared_ptr<LLMContext> context,
                                           LLMAutoContextSummarizationConfig config,
                                           std::function<void(FramePtr)> push)
    : context_(std::move(context)), config_(std::move(config)), push_(std::move(push)) {}

void LLMContextSummarizer::Start(EventLoop& loop) {
  timeout_.emplace(loop, [this] {
    LogWarning("the summary of the context did not come in time");
    pending_.clear();
    in_progress_ = false;
  });
}

void LLMContextSummarizer::CheckLength() {
  if (in_progress_) return;
  const std::size_t messages = context_->messages().size();
  // The program may have replaced them by fewer.
  size_after_summary_ = std::min(size_after_summary_, messages);
  const auto reached = [](const std::optional<int>& limit, std::size_t count) {
    return limit && count >= static_cast<std::size_t>(std::max(1, *limit));
  };
  if (!reached(config_.max_unsummarized_messages, messages - size_after_summary_) &&
      !reached(config_.max_context_tokens, static_cast<std::size_t>(EstimateTokens(context_->messages())))) {
    return;
  }
  LLMContextSummaryConfig config = config_.summary_config;
  // A summary that is to be longer than the context may be would be of no use.
  if (config_.max_context_tokens && config.target_context_tokens > *config_.max_context_tokens)
    config.target_context_tokens = *config_.max_context_tokens * 8 / 10;
  Request(config);
}

void LLMContextSummarizer::Summarize(const std::optional<LLMContextSummaryConfig>& config) {
  if (!in_progress_) Request(config.value_or(config_.summary_config));
}

void LLMContextSummarizer::Request(const LLMContextSummaryConfig& config) {
  const auto keep = static_cast<std::size_t>(std::max(0, config.min_messages_after_summary));
  if (FindSummaryRange(context_->messages(), keep).empty()) return;
  used_ = config;
  pending_ = RandomUuid();
  in_progress_ = true;
  auto frame = Make<LLMContextSummaryRequestFrame>(pending_, context_);
  frame->min_messages_to_keep = config.min_messages_after_summary;
  frame->target_context_tokens = config.target_context_tokens;
  frame->summarization_prompt =
      config.summarization_prompt.empty() ? DefaultSummarizationPrompt() : config.summarization_prompt;
  frame->summarization_timeout = config.summarization_timeout;
  if (timeout_) timeout_->Arm(FromSeconds(config.summarization_timeout));
  push_(std::move(frame));
}

bool LLMContextSummarizer::OnResult(const LLMContextSummaryResultFrame& result) {
  if (pending_.empty() || result.request_id != pending_) return false;
  pending_.clear();
  in_progress_ = false;
  if (timeout_) timeout_->Disarm();
  if (!result.error.empty() || result.summary.empty()) {
    LogWarning("no summary of the context: {}", result.error.empty() ? "it is empty" : result.error);
    return false;
  }
  const Json& messages = context_->messages();
  const std::size_t before = messages.size();
  const bool known =
      result.last_summarized_index >= 0 && static_cast<std::size_t>(result.last_summarized_index) < before;
  // The messages were replaced meanwhile, or what is left is less than was to be kept.
  if (!known || before - static_cast<std::size_t>(result.last_summarized_index) - 1 <
                    static_cast<std::size_t>(std::max(0, used_.min_messages_after_summary))) {
    LogWarning("a summary of the context came too late: the messages have changed");
    return false;
  }
  Json shorter = WithSummary(messages, static_cast<std::size_t>(result.last_summarized_index),
                             used_.summary_message_template, result.summary);
  const Status status = context_->SetMessages(std::move(shorter));
  if (!status.ok()) return false;
  size_after_summary_ = context_->messages().size();
  if (on_summary_applied) on_summary_applied(before, size_after_summary_);
  return true;
}

}  // namespace repartee
