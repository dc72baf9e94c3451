#include "repartee/services/openai/stt_service.h"

#include <cstdlib>

#include "repartee/base/random.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxAnswer = 1 << 20;

std::string Environment(const char* name, std::string fallback) {
  const char* const value = std::getenv(name);
  return value && *value ? value : std::move(fallback);
}

Json WithModel(Json settings) {
  if (settings.is_object() && !settings.contains("model")) settings["model"] = "gpt-4o-transcribe";
  return settings;
}

}  // namespace

OpenAISTTOptions OpenAISTTOptions::FromEnvironment() {
  OpenAISTTOptions options;
  options.http.api_key = Environment("OPENAI_API_KEY", {});
  options.http.base_url = Environment("OPENAI_BASE_URL", options.http.base_url);
  return options;
}

OpenAISTTService::OpenAISTTService(OpenAISTTOptions options)
    : SegmentedSTTService("OpenAISTTService", WithModel(options.settings), options.service),
      options_(std::move(options)) {}

Status OpenAISTTService::OnSetup() {
  http_.emplace(loop());
  return SegmentedSTTService::OnSetup();
}

void OpenAISTTService::OnCleanup() {
  SegmentedSTTService::OnCleanup();
  http_.reset();
}

Status OpenAISTTService::Start() {
  Status status = openai::CheckTranscriptionSettings(settings());
  if (!status.ok()) return std::move(status).Annotate("openai");
  status = openai::CheckSpeechHttp(options_.http);
  return status.ok() ? SegmentedSTTService::Start() : status;
}

Task<Result<std::string>> OpenAISTTService::Transcribe(SpeechSegment segment) {
  const std::string boundary = "repartee-" + RandomUuid();
  openai::SpeechCall call(
      loop(), *http_, options_.http, "/audio/transcriptions", "multipart/form-data; boundary=" + boundary,
      openai::TranscriptionBody(settings(), segment.samples, segment.sample_rate, boundary));
  std::string answer;
  while (true) {
    openai::SpeechCall::Piece piece = co_await call.Next();
    if (auto* error = std::get_if<openai::SpeechError>(&piece)) {
      ReportError(std::move(error->text), error->category);
      co_return std::string();
    }
    const auto* const bytes = std::get_if<std::string>(&piece);
    if (!bytes) break;
    answer += *bytes;
    if (answer.size() > kMaxAnswer) {
      co_return Status::ResourceExhausted("openai: a transcription is larger than {} bytes", kMaxAnswer);
    }
  }
  Result<std::string> text = openai::ParseTranscription(answer);
  if (!text.ok()) co_return std::move(text).status().Annotate("openai");
  co_return text;
}

}  // namespace repartee
