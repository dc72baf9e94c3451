#include "repartee/conversation/user_turn/turn_analyzer_strategy.h"

#include <algorithm>

#include "repartee/audio/pcm.h"
#include "repartee/base/log.h"
#include "repartee/conversation/user_turn/words.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

struct TurnAnalyzerUserTurnStopStrategy::Question {
  Nanos asked_at;
  Nanos stt_deadline;  // by the loop's time
};

TurnAnalyzerUserTurnStopStrategy::TurnAnalyzerUserTurnStopStrategy(std::unique_ptr<TurnAnalyzer> analyzer,
                                                                   TurnAnalyzerUserTurnStopOptions options)
    : BaseUserTurnStopStrategy("TurnAnalyzerUserTurnStopStrategy"),
      analyzer_(std::move(analyzer)),
      options_(options) {}

TurnAnalyzerUserTurnStopStrategy::~TurnAnalyzerUserTurnStopStrategy() = default;

void TurnAnalyzerUserTurnStopStrategy::Attach(UserTurnHost& host) {
  BaseUserTurnStopStrategy::Attach(host);
  stt_timer_.emplace(host.loop(), [this] {
    stt_wait_over_ = true;
    StopIfDone();
  });
}

void TurnAnalyzerUserTurnStopStrategy::Detach() {
  question_.reset();
  stt_timer_.reset();
  BaseUserTurnStopStrategy::Detach();
}

StrategyResult TurnAnalyzerUserTurnStopStrategy::Process(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kInputAudioRaw:
    case FrameType::kUserAudioRaw: Listen(*frame.As<InputAudioRawFrame>()); break;
    case FrameType::kSTTMetadata:
      stt_latency_ = FromSeconds(frame.As<STTMetadataFrame>()->ttfs_p99_latency);
      break;
    case FrameType::kSpeechControlParams:
      if (const auto& params = frame.As<SpeechControlParamsFrame>()->vad_params)
        vad_stop_secs_ = params->stop_secs;
      break;
    case FrameType::kVADUserStartedSpeaking:
      OnVoiceStarted(frame.As<VADUserStartedSpeakingFrame>()->start_secs);
      break;
    case FrameType::kVADUserStoppedSpeaking: OnVoiceStopped(*frame.As<VADUserStoppedSpeakingFrame>()); break;
    case FrameType::kTranscription: OnTranscript(*frame.As<TranscriptionFrame>()); break;
    default: break;
  }
  return StrategyResult::kContinue;
}

void TurnAnalyzerUserTurnStopStrategy::Listen(const InputAudioRawFrame& frame) {
  if (frame.num_channels < 1) return;
  std::vector<std::int16_t> mono = MixToMono(frame.audio.samples(), frame.num_channels);
  if (frame.sample_rate != kTurnAnalyzerRateHz) {
    if (!resampler_ || resampler_->from_hz() != frame.sample_rate) {
      Result<Resampler> made = Resampler::Create(frame.sample_rate, kTurnAnalyzerRateHz);
      if (!made.ok()) return;  // the VAD has told of such sound already
      resampler_ = *std::move(made);
    }
    mono = resampler_->Process(mono);
  }
  if (!analyzer_->AppendAudio(mono, voice_)) return;
  complete_ = true;
  StopIfDone();
}

void TurnAnalyzerUserTurnStopStrategy::OnVoiceStarted(double start_secs) {
  voice_ = voice_seen_ = true;
  analyzer_->SetVadStartSecs(start_secs);
  ForgetWaits();
}

void TurnAnalyzerUserTurnStopStrategy::OnVoiceStopped(const VADUserStoppedSpeakingFrame& frame) {
  voice_ = false;
  EventLoop& loop = host().loop();
  // The VAD tells wall time, in seconds as a double: no finer than parts of a microsecond.
  const Nanos since_stop =
      std::chrono::round<std::chrono::milliseconds>(loop.wall_now() - FromSeconds(frame.timestamp));
  const Nanos wait = stt_latency_ - FromSeconds(frame.stop_secs) - std::max(since_stop, Nanos(0));
  question_ = std::make_shared<Question>(Question{loop.now(), loop.now() + wait});
  // The answer may come after this strategy has gone: then nobody asks any more.
  const std::weak_ptr<Question> asked = question_;
  analyzer_->model().Predict(loop, analyzer_->Turn(), [this, asked](Result<double> probability) {
    const auto question = asked.lock();
    if (question && question == question_) OnVerdict(*question, probability);
  });
}

void TurnAnalyzerUserTurnStopStrategy::OnVerdict(const Question& question,
                                                 const Result<double>& probability) {
  const Nanos now = host().loop().now();
  const Nanos wait = question.stt_deadline - now;
  const double milliseconds = ToSeconds(now - question.asked_at) * 1000;
  question_.reset();
  if (!probability.ok()) {
    // Silence decides then.
    LogError("end of turn: {}", probability.status().message());
  } else {
    complete_ = *probability > analyzer_->options().threshold;
    host().EmitMetrics({"TurnAnalyzerUserTurnStopStrategy", analyzer_->model().name(),
                        TurnMetricsData{complete_, *probability, milliseconds}});
  }
  WaitForStt(wait);
  StopIfDone();
}

void TurnAnalyzerUserTurnStopStrategy::WaitForStt(Nanos wait) {
  stt_wait_over_ = wait <= Nanos(0);
  if (!stt_wait_over_) stt_timer_->Arm(wait);
}

void TurnAnalyzerUserTurnStopStrategy::OnTranscript(const TranscriptionFrame& frame) {
  if (!IsBlank(frame.text)) has_text_ = true;
  finalized_ = finalized_ || frame.finalized;
  if (!voice_seen_) {
    // The VAD missed it: there is no sound to judge.
    complete_ = true;
    WaitForStt(stt_latency_ - FromSeconds(vad_stop_secs_));
  }
  StopIfDone();
}

void TurnAnalyzerUserTurnStopStrategy::StopIfDone() {
  if (voice_ || !complete_ || !(finalized_ || stt_wait_over_)) return;
  if (options_.wait_for_transcript && !has_text_) return;
  TriggerUserTurnStopped(options_.stopped);
}

void TurnAnalyzerUserTurnStopStrategy::ForgetWaits() {
  question_.reset();
  stt_timer_->Disarm();
  finalized_ = false;
  stt_wait_over_ = false;
  complete_ = false;
}

// The voice that opened the turn was heard before.
void TurnAnalyzerUserTurnStopStrategy::OnTurnStarted() {
  has_text_ = false;
  voice_seen_ = voice_;
  ForgetWaits();
}

void TurnAnalyzerUserTurnStopStrategy::OnTurnStopped() {
  has_text_ = false;
  voice_seen_ = false;
  analyzer_->Clear();
  ForgetWaits();
}

}  // namespace repartee
