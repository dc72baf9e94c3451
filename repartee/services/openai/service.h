// OpenAILLMService: answers from OpenAI's chat completions, or from any server that
// offers the same (base_url): vLLM, Ollama, llama.cpp, and most vendors.
//
// Settings: those of openai::CheckSettings, each changeable on the run. Text is
// streamed; function calls run when the answer has ended. An interruption closes the
// connection at once. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>

#include "repartee/services/llm_service.h"
#include "repartee/services/openai/client.h"

namespace repartee {

struct OpenAILLMOptions {
  Json settings = Json{{"model", "gpt-4.1"}};  // a model is added if none is given
  openai::ChatOptions chat{};
  openai::Dialect dialect{};
  LLMServiceOptions service{};

  // OPENAI_API_KEY, OPENAI_BASE_URL; all else as it is by default.
  static OpenAILLMOptions FromEnvironment();
};

class OpenAILLMService final : public LLMService {
 public:
  explicit OpenAILLMService(OpenAILLMOptions options);

 protected:
  Status OnSetup() override;
  void OnCleanup() override;
  // InvalidArgument on settings or a base URL that cannot be; Unauthenticated without a key for OpenAI
  // itself.
  Status Start() override;
  Status CheckSettings(const Json& delta) const override { return openai::CheckSettings(delta); }
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override;

 private:
  void WarnOfTwoInstructions(const Json& messages);
  void Take(openai::Chunk chunk, openai::ToolCallAssembler& calls);
  void RunCalls(openai::ToolCallAssembler calls, const std::shared_ptr<LLMContext>& context);

  const OpenAILLMOptions options_;
  std::optional<HttpClient> http_;
  // The answer before, whose connection may still wait for its last byte; then it can be used again.
  std::unique_ptr<openai::ChatStream> finishing_;
  bool warned_ = false;
};

}  // namespace repartee
