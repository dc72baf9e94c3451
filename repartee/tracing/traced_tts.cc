#include "repartee/tracing/traced_tts.h"

#include <algorithm>
#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxContexts = 256;

}  // namespace

TracedTts::TracedTts(TracingContext* owner, const TracedService& service, TracedTtsOptions options)
    : ServiceSpan(owner), options_(std::move(options)), class_name_(service.class_name) {
  Open(Kind::kTts, service, service.model);
  if (!open()) return;
  opened_at_ = owner->wall_now();
  if (!extended()) BeginMeasurement();
  const auto voice = service.settings.find("voice");
  Set("voice_id",
      voice == service.settings.end() ? otel::AttributeValue("unknown") : AttributeFromJson(*voice));
  SetSettings(service.settings);
  if (awaits_playback()) owner->speech_.push_back(this);
}

TracedTts::~TracedTts() {
  if (open()) Abandon();
}

void TracedTts::Text(std::string_view sentence) {
  if (!open()) return;
  billed_characters_ += CodePoints(sentence);
  sentence = otel::Trim(sentence);
  // The vendor bills the sentences, not the blanks between them.
  characters_ += CodePoints(sentence);
  Set("metrics.character_count", characters_);
  if (!text_.empty()) AppendBounded(text_, " ");
  AppendBounded(text_, sentence);
  SetContent("text", text_);
}

// Pipecat has one measurement for all that waits to be spoken: what is opened later begins it anew, and the
// end of what is spoken before takes it away.
void TracedTts::BeginMeasurement() {
  if (!context()->metrics_enabled() || context()->answer_unheard()) return;
  TracingContext::Answered& told = context()->answered(class_name_);
  if (context()->report_only_initial_ttfb() && std::exchange(told.speech_measured, true)) return;
  told.speech_measured_since = opened_at_;
}

std::optional<Nanos> TracedTts::TakeMeasurement() {
  return std::exchange(context()->answered(class_name_).speech_measured_since, std::nullopt);
}

void TracedTts::Ttfb(double seconds) {
  if (!open()) return;
  if (extended()) {
    if (!std::exchange(has_ttfb_, true)) AddEvent("tts.first_audio");
    return ServiceSpan::Ttfb(seconds);
  }
  const std::optional<Nanos> since = TakeMeasurement();
  if (!since || std::exchange(has_ttfb_, true)) return;
  ServiceSpan::Ttfb(*since == opened_at_ ? seconds : ToSeconds(context()->wall_now() - *since));
}

void TracedTts::Ttfa(double seconds, double leading_silence) {
  if (!extended()) return;
  Set("metrics.ttfa", seconds);
  Set("metrics.leading_silence", leading_silence);
}

// The vendor's first answer is no sound: to Pipecat any end of its measurement is a first byte.
void TracedTts::NoteAnswered() {
  if (!open()) return;
  const std::optional<Nanos> since = TakeMeasurement();
  if (!since || std::exchange(has_ttfb_, true)) return;
  ServiceSpan::Ttfb(ToSeconds(context()->wall_now() - *since));
}

void TracedTts::End() {
  if (!open() || delivered()) return;
  if (!extended()) TakeMeasurement();
  if (!awaits_playback()) return Finish();
  delivered_at_ = context()->wall_now();
}

void TracedTts::Interrupt() {
  if (!extended()) NoteAnswered();
  Set("tts.interrupted", true);
  Finish();
}

void TracedTts::Fail(std::string_view type, std::string_view message) {
  if (!open()) return;
  // To Pipecat a failure is an interruption.
  if (!extended()) return Interrupt();
  // The vendor did answer.
  if (!std::exchange(has_ttfb_, true) && context()->metrics_enabled() &&
      !context()->report_only_initial_ttfb())
    ServiceSpan::Ttfb(ToSeconds(context()->wall_now() - opened_at_));
  SetError(type, message);
  Finish();
}

void TracedTts::PlaybackStarted() {
  if (std::exchange(playing_, true)) return;
  AddEvent("tts.playback_start");
}

void TracedTts::Heard(std::string_view text, bool joined) {
  if (!joined && !heard_.empty()) AppendBounded(heard_, " ");
  AppendBounded(heard_, text);
}

void TracedTts::PlaybackEnded() { Finish(); }

void TracedTts::EndUnplayed() { Finish(delivered_at_); }

void TracedTts::Finish(std::optional<Nanos> at) {
  if (!open()) return;
  std::erase(context()->speech_, this);
  if (extended()) {
    if (audio_seconds_ > 0) Set("tts.audio_seconds", audio_seconds_);
    Set("tts.billed_characters", billed_characters_);
    SetContent("tts.text_heard", std::move(heard_));
    SetContent("input.value", text_);
  }
  EndAt(at);
}

void TracedTts::Abandon() {
  // Pipecat ends the one that is being played, and loses those that wait.
  if (!extended()) return audio_seconds_ > 0 ? EndAt() : Discard();
  if (delivered() && !context()->output_seen()) return EndUnplayed();
  Interrupt();
}

// ---------------------------------------------------------------- a service's

void TracedTtsContexts::Open(const TracedService& service, TracedTtsOptions options) {
  if (!context_ || context_->words_lost()) return;
  ForgetEnded();
  if (contexts_.size() >= kMaxContexts) contexts_.erase(contexts_.begin());
  contexts_.push_back(std::make_unique<TracedTts>(context_, service, std::move(options)));
}

TracedTts* TracedTtsContexts::Find(std::string_view context_id) {
  for (const auto& context : contexts_) {
    if (context->open() && context->context_id() == context_id) return context.get();
  }
  return nullptr;
}

// Pipecat marks the one that was being played and loses those behind it.
void TracedTtsContexts::Interrupted(std::string_view context_id) {
  ForgetEnded();
  for (auto& context : contexts_) {
    if (context->context_id() != context_id) continue;
    if (context == contexts_.front() || context_->extended()) context->Interrupt();
    contexts_.erase(contexts_.begin() + (&context - contexts_.data()));
    return;
  }
}

void TracedTtsContexts::Cut(const TracedService& service, std::string_view context_id, std::string_view text,
                            bool by_interruption) {
  if (context_->extended() || otel::Trim(text).empty()) return;
  if (TracedTts* const open = Find(context_id)) return open->Text(text);
  TracedTts ghost(context_, service);
  ghost.Text(text);
  by_interruption ? ghost.Interrupt() : ghost.End();
}

void TracedTtsContexts::ForgetEnded() {
  std::erase_if(contexts_, [](const auto& context) { return !context->open(); });
}

}  // namespace repartee
