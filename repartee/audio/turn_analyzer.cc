#include "repartee/audio/turn_analyzer.h"

#include <algorithm>

namespace repartee {

TurnAnalyzer::TurnAnalyzer(std::unique_ptr<EndOfTurnModel> model, TurnAnalyzerOptions options)
    : model_(std::move(model)), options_(options) {}

std::size_t TurnAnalyzer::Samples(double seconds) {
  return static_cast<std::size_t>(std::max(0.0, seconds) * kTurnAnalyzerRateHz);
}

bool TurnAnalyzer::AppendAudio(std::span<const std::int16_t> samples, bool voice) {
  if (voice && !voice_heard_) KeepLast(Samples(options_.pre_speech_ms / 1000 + vad_start_secs_));
  sound_.insert(sound_.end(), samples.begin(), samples.end());
  if (voice) {
    voice_heard_ = true;
    silence_ = 0;
  } else if (voice_heard_) {
    silence_ += samples.size();
  }
  // Seldom, since what is dropped moves all the rest.
  const std::size_t enough = Samples(options_.max_duration_secs + options_.pre_speech_ms / 1000 + 1);
  if (sound_.size() > 2 * enough) KeepLast(enough);
  if (!voice_heard_ || silence_ < Samples(options_.stop_secs)) return false;
  Clear();
  return true;
}

void TurnAnalyzer::KeepLast(std::size_t samples) {
  if (sound_.size() <= samples) return;
  sound_.erase(sound_.begin(), sound_.end() - static_cast<std::ptrdiff_t>(samples));
}

std::vector<std::int16_t> TurnAnalyzer::Turn() const {
  const std::size_t keep = std::min(sound_.size(), Samples(options_.max_duration_secs));
  return {sound_.end() - static_cast<std::ptrdiff_t>(keep), sound_.end()};
}

void TurnAnalyzer::Clear() {
  sound_.clear();
  silence_ = 0;
  voice_heard_ = false;
}

}  // namespace repartee
