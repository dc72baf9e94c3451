#include "repartee/conversation/vad_controller.h"

#include "repartee/audio/pcm.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

constexpr Nanos kActivityPeriod = std::chrono::milliseconds(200);

}  // namespace

VadController::VadController(std::unique_ptr<VadAnalyzer> analyzer, Nanos audio_idle_timeout, Emit emit)
    : analyzer_(std::move(analyzer)), audio_idle_timeout_(audio_idle_timeout), emit_(std::move(emit)) {}

template <class F, class... Args>
void VadController::EmitBoth(const Args&... args) {
  emit_(Make<F>(args...), Make<F>(args...));
}

void VadController::Start(EventLoop& loop) {
  loop_ = &loop;
  idle_timer_.emplace(loop, [this] { AudioCeased(); });
  EmitBoth<SpeechControlParamsFrame>(analyzer_->params());
}

void VadController::Stop() {
  idle_timer_.reset();
  loop_ = nullptr;
}

Status VadController::Process(const Frame& frame) {
  if (!loop_) return OkStatus();
  if (const auto* audio = frame.As<InputAudioRawFrame>()) return Listen(*audio);
  if (const auto* update = frame.As<VADParamsUpdateFrame>()) {
    if (Status status = analyzer_->SetParams(update->params); !status.ok()) return status;
    EmitBoth<SpeechControlParamsFrame>(analyzer_->params());
  }
  return OkStatus();
}

Status VadController::Listen(const InputAudioRawFrame& frame) {
  if (frame.num_channels == 1 && frame.sample_rate == analyzer_->rate_hz()) {
    OnState(analyzer_->Analyze(frame.audio.samples()));
    return OkStatus();
  }
  if (frame.sample_rate == refused_rate_ && frame.num_channels == refused_channels_) return OkStatus();
  const Result<std::vector<std::int16_t>> mono = Convert(frame);
  if (!mono.ok()) {
    refused_rate_ = frame.sample_rate;
    refused_channels_ = frame.num_channels;
    return Status(mono.status())
        .Annotate("voice activity: sound of {} Hz with {} channels", frame.sample_rate, frame.num_channels);
  }
  OnState(analyzer_->Analyze(*mono));
  return OkStatus();
}

Result<std::vector<std::int16_t>> VadController::Convert(const InputAudioRawFrame& frame) {
  if (frame.num_channels < 1) return Status::InvalidArgument("there must be a channel");
  if (!resampler_ || resampler_->from_hz() != frame.sample_rate) {
    Result<Resampler> resampler = Resampler::Create(frame.sample_rate, analyzer_->rate_hz());
    if (!resampler.ok()) return resampler.status();
    resampler_ = *std::move(resampler);
  }
  return resampler_->Process(MixToMono(frame.audio.samples(), frame.num_channels));
}

void VadController::OnState(VadState state) {
  if (state == VadState::kSpeaking && !voice_) VoiceStarted();
  if (state == VadState::kQuiet && voice_) VoiceStopped();
  if (voice_) VoiceGoesOn();
}

void VadController::VoiceStarted() {
  voice_ = true;
  EmitBoth<VADUserStartedSpeakingFrame>(analyzer_->params().start_secs, ToSeconds(loop_->wall_now()));
}

void VadController::VoiceStopped() {
  voice_ = false;
  idle_timer_->Disarm();
  EmitBoth<VADUserStoppedSpeakingFrame>(analyzer_->params().stop_secs, ToSeconds(loop_->wall_now()));
}

void VadController::VoiceGoesOn() {
  if (audio_idle_timeout_ > Nanos(0)) idle_timer_->Arm(audio_idle_timeout_);
  if (last_activity_ && loop_->now() - *last_activity_ < kActivityPeriod) return;
  last_activity_ = loop_->now();
  EmitBoth<UserSpeakingFrame>();
}

// The analyzer forgets too: else the first sound after the pause would open speech again.
void VadController::AudioCeased() {
  if (Status status = analyzer_->SetParams(VadParams(analyzer_->params())); !status.ok()) return;
  if (resampler_) resampler_->Clear();
  VoiceStopped();
}

}  // namespace repartee
