#include "repartee/services/segmented_stt_service.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/pcm.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxWaiting = 8;
constexpr Nanos kStopWithin = std::chrono::seconds(10);
// The VAD is sure of a voice only some time after it began.
constexpr Nanos kLongestVadDelay = std::chrono::seconds(1);

}  // namespace

SegmentedSTTService::SegmentedSTTService(const char* class_name, Json settings, SegmentedSTTOptions options)
    : STTService(class_name, std::move(settings), options.stt), options_(options) {}

Status SegmentedSTTService::Start() {
  segments_.emplace(loop(), kMaxWaiting);
  drained_.emplace(loop(), 1);
  Background(TranscribeSegments());
  return STTService::Start();
}

Task<Status> SegmentedSTTService::Stop() {
  if (segments_) {
    if (in_speech_) EndSegment(true);
    segments_->Close();
    co_await drained_->ReceiveFor(kStopWithin);
  }
  co_return co_await STTService::Stop();
}

// ---------------------------------------------------------------- gathering

std::size_t SegmentedSTTService::SamplesOf(Nanos duration) const {
  return static_cast<std::size_t>(std::max(0.0, ToSeconds(duration)) * rate_hz_);
}

void SegmentedSTTService::KeepLast(std::size_t samples) {
  if (audio_.size() <= samples) return;
  audio_.erase(audio_.begin(), audio_.end() - static_cast<std::ptrdiff_t>(samples));
}

Status SegmentedSTTService::RunStt(const InputAudioRawFrame& frame) {
  if (frame.sample_rate != rate_hz_) {
    audio_.clear();
    rate_hz_ = frame.sample_rate;
  }
  const std::span<const std::int16_t> samples = frame.audio.samples();
  if (frame.num_channels == 1) {
    audio_.insert(audio_.end(), samples.begin(), samples.end());
  } else {
    const std::vector<std::int16_t> mono = MixToMono(samples, frame.num_channels);
    audio_.insert(audio_.end(), mono.begin(), mono.end());
  }
  if (in_speech_) {
    OnSpeechGrew(audio_, rate_hz_);
    if (audio_.size() >= SamplesOf(options_.max_segment)) EndSegment(false);
    return OkStatus();
  }
  // Cut at twice the length that is kept, so that not every frame moves it all.
  const std::size_t keep = SamplesOf(options_.lead_in + kLongestVadDelay);
  if (audio_.size() > 2 * keep) KeepLast(keep);
  return OkStatus();
}

void SegmentedSTTService::OnVadStarted(const VADUserStartedSpeakingFrame& frame) {
  if (std::exchange(in_speech_, true)) return;
  KeepLast(SamplesOf(options_.lead_in + FromSeconds(frame.start_secs)));
}

void SegmentedSTTService::OnVadStopped(const VADUserStoppedSpeakingFrame&) {
  if (std::exchange(in_speech_, false)) EndSegment(true);
}

void SegmentedSTTService::EndSegment(bool last) {
  if (audio_.empty() || !segments_) return;
  SpeechSegment segment{std::exchange(audio_, {}), rate_hz_, last};
  if (segments_->Send(std::move(segment))) return;
  ReportError(fmt::format("{} segments of speech wait to be transcribed; one more is dropped", kMaxWaiting),
              ErrorCategory::kUnknown);
}

// ---------------------------------------------------------------- transcribing

Task<Status> SegmentedSTTService::TranscribeSegments() {
  while (std::optional<SpeechSegment> segment = co_await segments_->Receive()) {
    const bool last = segment->last;
    CountAudio(static_cast<double>(segment->samples.size()) / segment->sample_rate);
    ReportAudio();
    if (last) {
      const auto silence = ToSeconds(options_.added_silence) * segment->sample_rate;
      segment->samples.resize(segment->samples.size() + static_cast<std::size_t>(silence));
    }
    StartProcessing();
    Result<std::string> text = co_await Transcribe(*std::move(segment));
    NoteProcessing(StopProcessing());
    if (!text.ok()) {
      ReportError(text.status().message(), CategoryOfStatus(text.status().code()));
    } else if (!text->empty()) {
      PushTranscription(*std::move(text), {}, last);
    }
  }
  drained_->Send(true);
  co_return OkStatus();
}

}  // namespace repartee
