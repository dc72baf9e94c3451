// LlamaCppLLMService: answers from a language model on this machine.
//
// Each conversation has a session with a KV cache of its own, so a turn costs its new
// words only; the system prompt is read while the conversation starts. Answers are
// greedy. An interruption stops the model within some 70 ms.
//
// Limits: an answer, max_tokens; a conversation that outgrows the model's context goes on
// with its last two exchanges. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/services/llm_service.h"
#include "repartee/services/local/local_models.h"

namespace repartee {

class LlamaCppLLMService final : public LLMService {
 public:
  // `models` is borrowed, outlives the service and has a language model. Settings: system_instruction;
  // max_tokens (of an answer, 200); max_sentences (of an answer, 0: any).
  explicit LlamaCppLLMService(local::LocalModels& models, Json settings = Json::object());

 protected:
  Status Start() override;
  void OnCleanup() override;
  Status CheckSettings(const Json& delta) const override;
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override;

 private:
  struct Session;
  std::vector<local::ChatMessage> Prompt(const Json& messages) const;

  local::LocalModels& models_;
  const std::shared_ptr<Session> session_;  // shared with the jobs that run
  local::CancelToken prefill_;
};

}  // namespace repartee
