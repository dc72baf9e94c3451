#include "repartee/services/deepgram/service.h"

#include <cstdlib>

namespace repartee {
namespace {

// The client's own limits end sooner.
constexpr Nanos kLongestStop = std::chrono::seconds(10);

std::string Environment(const char* name, std::string fallback) {
  const char* const value = std::getenv(name);
  return value && *value ? value : std::move(fallback);
}

Json WithDefaults(const Json& given) {
  Json settings = deepgram::DefaultSettings();
  if (!given.is_object()) return settings;
  for (const auto& [name, value] : given.items()) settings[name] = value;
  return settings;
}

}  // namespace

DeepgramSTTOptions DeepgramSTTOptions::FromEnvironment() {
  DeepgramSTTOptions options;
  options.client.api_key = Environment("DEEPGRAM_API_KEY", {});
  options.client.base_url = Environment("DEEPGRAM_BASE_URL", options.client.base_url);
  return options;
}

DeepgramSTTService::DeepgramSTTService(DeepgramSTTOptions options)
    : STTService("DeepgramSTTService", WithDefaults(options.settings), options.service),
      options_(std::move(options)) {}

// ---------------------------------------------------------------- life

Status DeepgramSTTService::Check() const {
  if (Status status = deepgram::CheckSettings(settings()); !status.ok()) {
    return std::move(status).Annotate("deepgram");
  }
  if (const auto url = ParseUrl(deepgram::ListenUrl(options_.client.base_url, settings(), {})); !url.ok()) {
    return Status(url.status()).Annotate("deepgram: base URL {}", options_.client.base_url);
  }
  const bool needs_key = options_.client.base_url == deepgram::ClientOptions().base_url;
  if (needs_key && options_.client.api_key.empty()) {
    return Status::Unauthenticated("deepgram: there is no API key; set DEEPGRAM_API_KEY");
  }
  return OkStatus();
}

Status DeepgramSTTService::OnSetup() {
  if (Status status = STTService::OnSetup(); !status.ok()) return status;
  deepgram::ClientOptions client = options_.client;
  client.fixed.sample_rate = sample_rate();
  tried_.emplace(loop(), 1);
  closed_.emplace(loop(), 1);
  client_.emplace(loop(), std::move(client), static_cast<deepgram::Client::User&>(*this));
  // What is wrong is told once the pipeline has started, by Start.
  Check().ok() ? client_->Open() : tried_->Close();
  return OkStatus();
}

Status DeepgramSTTService::Start() {
  if (Status status = Check(); !status.ok()) return status;
  return STTService::Start();
}

Task<Status> DeepgramSTTService::StartWhenTried(FramePtr start, Direction direction) {
  static_cast<void>(co_await tried_->ReceiveFor(options_.start_wait));
  co_return STTService::Process(std::move(start), direction);
}

Task<Status> DeepgramSTTService::Stop() {
  client_->Close();
  static_cast<void>(co_await closed_->ReceiveFor(kLongestStop));
  NoteConnected(false);
  co_return co_await STTService::Stop();
}

// Nothing more is heard of the link, though its end is still under way.
void DeepgramSTTService::Cancel() {
  client_->Close();
  NoteConnected(false);
  STTService::Cancel();
}

void DeepgramSTTService::OnCleanup() {
  client_.reset();
  tried_.reset();
  closed_.reset();
  STTService::OnCleanup();
}

void DeepgramSTTService::OnClosed() { closed_->Send(true); }

void DeepgramSTTService::OnOpen() {
  tried_->Close();
  NoteConnected(true);
}

// ---------------------------------------------------------------- out

Status DeepgramSTTService::RunStt(const InputAudioRawFrame& frame) {
  client_->Send(frame.audio);
  return OkStatus();
}

void DeepgramSTTService::OnVadStarted(const VADUserStartedSpeakingFrame&) { client_->ForgetFinalize(); }

void DeepgramSTTService::OnVadStopped(const VADUserStoppedSpeakingFrame&) {
  if (!usable()) return;
  RequestFinalize();
  client_->Finalize();
}

void DeepgramSTTService::OnSettingsChanged(const Json&) {
  reconnect_when_silent_ = user_speaking();
  if (!reconnect_when_silent_) client_->Reconnect();
}

Status DeepgramSTTService::Process(FramePtr frame, Direction direction) {
  if (frame->Is<StartFrame>()) return Wait(StartWhenTried(std::move(frame), direction));
  if (frame->Is<UserStoppedSpeakingFrame>() && std::exchange(reconnect_when_silent_, false)) {
    client_->Reconnect();
  }
  return STTService::Process(std::move(frame), direction);
}

// ---------------------------------------------------------------- in

void DeepgramSTTService::OnResults(deepgram::Message results) {
  const bool confirmed = results.is_final && results.from_finalize && ConfirmFinalize();
  if (results.transcript.empty()) {
    if (confirmed) EndTtfb();
    return;
  }
  if (!results.is_final) {
    return PushInterimTranscription(std::move(results.transcript), std::move(results.language),
                                    std::move(results.result));
  }
  ReportAudio();
  PushTranscription(std::move(results.transcript), std::move(results.language), false,
                    std::move(results.result));
}

void DeepgramSTTService::OnTrouble(const std::string& text, ErrorCategory category, bool final) {
  on_connection_error.Emit(loop(), text);
  ReportError(text, category);
  if (final) SetUsable(false);
  tried_->Close();
}

}  // namespace repartee
