#include "repartee/services/openai/tts_service.h"

#include <cstdlib>

namespace repartee {
namespace {

std::string Environment(const char* name, std::string fallback) {
  const char* const value = std::getenv(name);
  return value && *value ? value : std::move(fallback);
}

Json WithDefaults(const Json& given) {
  Json settings = {{"model", "gpt-4o-mini-tts"}, {"voice", "alloy"}};
  if (given.is_object()) settings.update(given);
  return settings;
}

TTSServiceOptions AtRate(TTSServiceOptions options, int rate_hz) {
  options.sample_rate = rate_hz;
  return options;
}

}  // namespace

OpenAITTSOptions OpenAITTSOptions::FromEnvironment() {
  OpenAITTSOptions options;
  options.http.api_key = Environment("OPENAI_API_KEY", {});
  options.http.base_url = Environment("OPENAI_BASE_URL", options.http.base_url);
  return options;
}

OpenAITTSService::OpenAITTSService(OpenAITTSOptions options)
    : TTSService("OpenAITTSService", WithDefaults(options.settings),
                 AtRate(options.service, options.sample_rate)),
      options_(std::move(options)) {}

Status OpenAITTSService::OnSetup() {
  http_.emplace(loop());
  return TTSService::OnSetup();
}

void OpenAITTSService::OnCleanup() {
  TTSService::OnCleanup();
  http_.reset();
}

Status OpenAITTSService::Start() {
  Status status = openai::CheckSpeechSettings(settings());
  if (!status.ok()) return std::move(status).Annotate("openai");
  status = openai::CheckSpeechHttp(options_.http);
  return status.ok() ? TTSService::Start() : status;
}

Task<Status> OpenAITTSService::RunTts(std::string text, std::string context_id) {
  bool counted = false;
  openai::SpeechCall call(loop(), *http_, options_.http, "/audio/speech", "application/json",
                          openai::SpeechBody(settings(), text));
  while (true) {
    openai::SpeechCall::Piece piece = co_await call.Next();
    if (auto* error = std::get_if<openai::SpeechError>(&piece)) {
      FailContext(context_id, std::move(error->text), error->category);
      co_return OkStatus();
    }
    const auto* const bytes = std::get_if<std::string>(&piece);
    // Text of which no sound came is not paid for.
    if (bytes && !std::exchange(counted, true)) PushTtsUsage(text);
    if (!bytes || !AppendAudio(context_id, AudioBuffer::CopyBytes(*bytes))) co_return OkStatus();
  }
}

}  // namespace repartee
