#include "repartee/audio/vad_analyzer.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace repartee {
namespace {

constexpr double kMaxSecs = 60;
constexpr float kSurelyNoVoice = 0.1f;
constexpr int kUnvoicedWindowsBeforeReset = 5;
constexpr int kSecondsBeforeReset = 2;

// nearbyint rounds halves to even, as the recorded counts do.
int WindowsIn(double seconds, std::size_t window_samples, int rate_hz) {
  return static_cast<int>(std::nearbyint(seconds / (static_cast<double>(window_samples) / rate_hz)));
}

// Written so that NaN is outside too.
bool Within(double value, double low, double high) { return value >= low && value <= high; }

}  // namespace

Status VadParams::Validate() const {
  if (!Within(confidence, 0, 1))
    return Status::InvalidArgument("vad: confidence {} is not in 0..1", confidence);
  if (!Within(min_volume, 0, 1))
    return Status::InvalidArgument("vad: min_volume {} is not in 0..1", min_volume);
  if (!Within(start_secs, 0, kMaxSecs)) {
    return Status::InvalidArgument("vad: start_secs {} is not in 0..{}", start_secs, kMaxSecs);
  }
  if (!Within(stop_secs, 0, kMaxSecs)) {
    return Status::InvalidArgument("vad: stop_secs {} is not in 0..{}", stop_secs, kMaxSecs);
  }
  return OkStatus();
}

std::string_view VadStateName(VadState state) {
  switch (state) {
    case VadState::kQuiet: return "QUIET";
    case VadState::kStarting: return "STARTING";
    case VadState::kSpeaking: return "SPEAKING";
    case VadState::kStopping: return "STOPPING";
  }
  return "";
}

std::size_t VadWindowSamples(int rate_hz) {
  if (rate_hz == 16000) return 512;
  if (rate_hz == 8000) return 256;
  return 0;
}

Result<VadAnalyzer> VadAnalyzer::Create(int rate_hz, std::unique_ptr<VoiceConfidence> confidence,
                                        VadParams params, std::unique_ptr<VolumeMeter> volume) {
  assert(confidence);
  if (VadWindowSamples(rate_hz) == 0) {
    return Status::InvalidArgument("vad: {} Hz is not supported; resample to 8000 or 16000 Hz", rate_hz);
  }
  if (Status valid = params.Validate(); !valid.ok()) return valid;
  if (!volume) volume = std::make_unique<LoudnessVolume>(rate_hz);

  VadAnalyzer analyzer(rate_hz, std::move(confidence), std::move(volume));
  analyzer.ApplyParams(params);
  return analyzer;
}

VadAnalyzer::VadAnalyzer(int rate_hz, std::unique_ptr<VoiceConfidence> confidence,
                         std::unique_ptr<VolumeMeter> volume)
    : rate_hz_(rate_hz), confidence_(std::move(confidence)), volume_(std::move(volume)) {
  partial_.reserve(VadWindowSamples(rate_hz));
}

Status VadAnalyzer::SetParams(VadParams params) {
  if (Status valid = params.Validate(); !valid.ok()) return valid;
  ApplyParams(params);
  return OkStatus();
}

void VadAnalyzer::ApplyParams(VadParams params) {
  params_ = params;
  start_windows_ = WindowsIn(params.start_secs, VadWindowSamples(rate_hz_), rate_hz_);
  stop_windows_ = WindowsIn(params.stop_secs, VadWindowSamples(rate_hz_), rate_hz_);
  state_ = VadState::kQuiet;
  count_ = 0;
}

VadState VadAnalyzer::Analyze(std::span<const std::int16_t> buffer) {
  const std::size_t window = VadWindowSamples(rate_hz_);
  while (!buffer.empty()) {
    if (partial_.empty() && buffer.size() >= window) {
      OnWindow(buffer.first(window));
      buffer = buffer.subspan(window);
      continue;
    }
    const auto taken = buffer.first(std::min(buffer.size(), window - partial_.size()));
    partial_.insert(partial_.end(), taken.begin(), taken.end());
    buffer = buffer.subspan(taken.size());
    if (partial_.size() == window) {
      OnWindow(partial_);
      partial_.clear();
    }
  }

  // Only now, so the size of the buffers matters: a pause inside one buffer is not seen.
  if (state_ == VadState::kStarting && count_ >= start_windows_) {
    state_ = VadState::kSpeaking;
    count_ = 0;
  } else if (state_ == VadState::kStopping && count_ >= stop_windows_) {
    state_ = VadState::kQuiet;
    count_ = 0;
  }
  return state_;
}

void VadAnalyzer::OnWindow(std::span<const std::int16_t> window) {
  last_confidence_ = confidence_->Confidence(window);
  if (params_.min_volume > 0) last_volume_ = volume_->Update(window);
  samples_since_reset_ += static_cast<std::int64_t>(window.size());
  unvoiced_run_ = last_confidence_ < kSurelyNoVoice ? unvoiced_run_ + 1 : 0;
  ResetModelInSilence();
  StepState(last_confidence_ >= params_.confidence &&
            (params_.min_volume <= 0 || last_volume_ >= params_.min_volume));
}

// A recurrent model drifts over minutes, but forgetting in the middle of a word cuts the word.
void VadAnalyzer::ResetModelInSilence() {
  if (state_ != VadState::kQuiet || unvoiced_run_ < kUnvoicedWindowsBeforeReset) return;
  if (samples_since_reset_ < kSecondsBeforeReset * std::int64_t{rate_hz_}) return;
  confidence_->Reset();
  samples_since_reset_ = 0;
}

void VadAnalyzer::StepState(bool voice) {
  switch (state_) {
    case VadState::kQuiet:
      if (!voice) return;
      state_ = VadState::kStarting;
      count_ = 1;
      return;
    case VadState::kStarting:
      if (voice) {
        ++count_;
      } else {
        state_ = VadState::kQuiet;
        count_ = 0;
      }
      return;
    case VadState::kSpeaking:
      if (voice) return;
      state_ = VadState::kStopping;
      count_ = 1;
      return;
    case VadState::kStopping:
      if (voice) {
        state_ = VadState::kSpeaking;
        count_ = 0;
      } else {
        ++count_;
      }
      return;
  }
}

}  // namespace repartee
