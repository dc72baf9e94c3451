// OpenAITTSService: a sentence at a time by OpenAI's speech, or by any server that offers the
// same (base_url): Kokoro, Orpheus and other local servers, and many vendors.
//
// Settings: those of openai::CheckSpeechSettings, each changeable on the run; they hold from the next
// sentence on. The sound is 24 kHz and played as it comes. An interruption closes the connection at once.
// Thread: the conversation's loop.
#pragma once

#include <optional>

#include "repartee/services/openai/speech_call.h"
#include "repartee/services/openai/speech_protocol.h"
#include "repartee/services/tts_service.h"

namespace repartee {

struct OpenAITTSOptions {
  Json settings = Json::object();  // over model gpt-4o-mini-tts, voice alloy
  openai::SpeechHttpOptions http{};
  TTSServiceOptions service{};
  int sample_rate = 24000;  // Hz, as the server gives it

  // OPENAI_API_KEY, OPENAI_BASE_URL; all else as it is by default.
  static OpenAITTSOptions FromEnvironment();
};

class OpenAITTSService final : public TTSService {
 public:
  explicit OpenAITTSService(OpenAITTSOptions options);

 protected:
  Status OnSetup() override;
  void OnCleanup() override;
  Status Start() override;
  Status CheckSettings(const Json& delta) const override { return openai::CheckSpeechSettings(delta); }
  Task<Status> RunTts(std::string text, std::string context_id) override;

 private:
  const OpenAITTSOptions options_;
  std::optional<HttpClient> http_;
};

}  // namespace repartee
