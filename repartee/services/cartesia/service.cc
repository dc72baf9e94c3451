#include "repartee/services/cartesia/service.h"

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
  Json settings = cartesia::DefaultSettings();
  if (!given.is_object()) return settings;
  for (const auto& [name, value] : given.items()) settings[name] = value;
  return settings;
}

TTSServiceOptions WithWordTimes(TTSServiceOptions options) {
  options.push_text_frames = false;
  options.measure_processing = false;
  options.protected_tags.emplace_back("spell");
  return options;
}

}  // namespace

CartesiaTTSOptions CartesiaTTSOptions::FromEnvironment() {
  CartesiaTTSOptions options;
  options.client.api_key = Environment("CARTESIA_API_KEY", {});
  options.client.url = Environment("CARTESIA_BASE_URL", options.client.url);
  if (std::string voice = Environment("CARTESIA_VOICE_ID", {}); !voice.empty()) {
    options.settings["voice"] = std::move(voice);
  }
  return options;
}

CartesiaTTSService::CartesiaTTSService(CartesiaTTSOptions options)
    : TTSService("CartesiaTTSService", WithDefaults(options.settings), WithWordTimes(options.service)),
      options_(std::move(options)) {}

// ---------------------------------------------------------------- life

Status CartesiaTTSService::Check() const {
  Status status = cartesia::CheckSettings(settings());
  if (status.ok()) status = cartesia::CheckSampleRate(sample_rate());
  if (status.ok() && !settings().contains("voice")) {
    status = Status::InvalidArgument("the settings name no voice; give its id (CARTESIA_VOICE_ID)");
  }
  if (!status.ok()) return std::move(status).Annotate("cartesia");
  if (const auto url = ParseUrl(options_.client.url); !url.ok()) {
    return Status(url.status()).Annotate("cartesia: URL {}", options_.client.url);
  }
  const bool needs_key = options_.client.url == cartesia::ClientOptions().url;
  if (needs_key && options_.client.api_key.empty()) {
    return Status::Unauthenticated("cartesia: there is no API key; set CARTESIA_API_KEY");
  }
  return OkStatus();
}

Status CartesiaTTSService::OnSetup() {
  if (Status status = TTSService::OnSetup(); !status.ok()) return status;
  cartesia::ClientOptions client = options_.client;
  client.fixed.sample_rate = sample_rate();
  if (options().text_aggregation_mode == TextAggregationMode::kToken) {
    client.fixed.max_buffer_delay_ms.reset();
  }
  closed_.emplace(loop(), 1);
  client_.emplace(loop(), std::move(client), static_cast<cartesia::Client::User&>(*this));
  // What is wrong is told once the pipeline has started, by Start.
  if (Check().ok()) client_->Open();
  return OkStatus();
}

Status CartesiaTTSService::Start() {
  if (Status status = Check(); !status.ok()) return status;
  return TTSService::Start();
}

Task<Status> CartesiaTTSService::Stop() {
  client_->Close();
  static_cast<void>(co_await closed_->ReceiveFor(kLongestStop));
  NoteConnected(false);
  co_return co_await TTSService::Stop();
}

// Nothing more is heard of the link, though its end is still under way.
void CartesiaTTSService::Cancel() {
  client_->Close();
  NoteConnected(false);
}

void CartesiaTTSService::OnCleanup() {
  client_.reset();
  closed_.reset();
  TTSService::OnCleanup();
}

void CartesiaTTSService::OnClosed() { closed_->Send(true); }

// ---------------------------------------------------------------- out

Task<Status> CartesiaTTSService::RunTts(std::string text, std::string context_id) {
  const Status status = co_await client_->Speak(std::move(context_id), text);
  if (status.ok()) PushTtsUsage(text);
  co_return status;
}

void CartesiaTTSService::FlushAudio(const std::string& context_id) { client_->Finish(context_id); }

void CartesiaTTSService::OnContextInterrupted(const std::string& context_id) { client_->Cancel(context_id); }

// A context has one voice.
void CartesiaTTSService::OnSettingsChanged(const Json&) { EndTurnContext(); }

// ---------------------------------------------------------------- in

void CartesiaTTSService::OnAudio(const std::string& context_id, std::string_view pcm) {
  AppendAudio(context_id, AudioBuffer::CopyBytes(pcm));
}

void CartesiaTTSService::OnWords(const std::string& context_id, std::vector<TimedWord> words) {
  for (TimedWord& word : words) word.text = cartesia::WithoutTags(word.text);
  std::erase_if(words, [](const TimedWord& word) { return word.text.empty(); });
  const auto language = settings().find("language");
  const bool without_blanks = language != settings().end() && language->is_string() &&
                              cartesia::SpeaksWithoutBlanks(language->get_ref<const std::string&>());
  if (without_blanks) words = cartesia::JoinPunctuation(std::move(words));
  if (!words.empty()) AppendWords(context_id, std::move(words), without_blanks);
}

void CartesiaTTSService::OnFailed(const std::string& context_id, const std::string& text,
                                  ErrorCategory category) {
  FailContext(context_id, text, category);
}

void CartesiaTTSService::OnTrouble(const std::string& text, ErrorCategory category, bool final) {
  on_connection_error.Emit(loop(), text);
  ReportError(text, category);
  if (final) SetUsable(false);
}

}  // namespace repartee
