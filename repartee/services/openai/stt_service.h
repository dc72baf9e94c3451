// OpenAISTTService: an utterance at a time to OpenAI's transcriptions, or to any server that
// offers the same (base_url): whisper servers, vLLM, and most vendors.
//
// Settings: those of openai::CheckTranscriptionSettings, each changeable on the run; they hold from the
// next utterance on. Thread: the conversation's loop.
#pragma once

#include <optional>

#include "repartee/services/openai/speech_call.h"
#include "repartee/services/openai/speech_protocol.h"
#include "repartee/services/segmented_stt_service.h"

namespace repartee {

struct OpenAISTTOptions {
  Json settings = Json{{"model", "gpt-4o-transcribe"}};  // a model is added if none is given
  openai::SpeechHttpOptions http{};
  SegmentedSTTOptions service{.stt = {.ttfs_p99_latency = std::chrono::milliseconds(2010)}};

  // OPENAI_API_KEY, OPENAI_BASE_URL; all else as it is by default.
  static OpenAISTTOptions FromEnvironment();
};

class OpenAISTTService final : public SegmentedSTTService {
 public:
  explicit OpenAISTTService(OpenAISTTOptions options);

 protected:
  Status OnSetup() override;
  void OnCleanup() override;
  Status Start() override;
  Status CheckSettings(const Json& delta) const override { return openai::CheckTranscriptionSettings(delta); }
  Task<Result<std::string>> Transcribe(SpeechSegment segment) override;

 private:
  const OpenAISTTOptions options_;
  std::optional<HttpClient> http_;
};

}  // namespace repartee
