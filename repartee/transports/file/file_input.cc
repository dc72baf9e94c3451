#include "repartee/transports/file/file_input.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/pcm.h"
#include "repartee/audio/resampler.h"

namespace repartee {
namespace {

constexpr Nanos kFrame = std::chrono::milliseconds(20);

TransportParams WithAudio(TransportParams params) {
  params.audio_in_enabled = true;
  return params;
}

}  // namespace

FileInputTransport::FileInputTransport(WavAudio clip, FileInputOptions options)
    : BaseInputTransport("FileInputTransport", WithAudio(options.params)),
      clip_(std::move(clip)),
      options_(std::move(options)) {}

Status FileInputTransport::Start() {
  const std::vector<std::int16_t> mono = MixToMono(clip_.samples, std::max(1, clip_.channels));
  auto resampled = Resample(mono, clip_.rate_hz, sample_rate());
  if (!resampled.ok()) return std::move(resampled).status().Annotate("the caller's clip");
  samples_.assign(static_cast<std::size_t>(ToSeconds(options_.silence_before) * sample_rate()), 0);
  samples_.insert(samples_.end(), resampled->begin(), resampled->end());
  Background(Feed());
  return OkStatus();
}

// A frame is heard when its 20 ms are over.
Task<Status> FileInputTransport::Feed() {
  const auto frame_samples = static_cast<std::size_t>(sample_rate()) / 50;
  const Nanos begin = loop().now();
  bool clip_goes_on = true;
  Nanos clip_end{0};
  for (std::int64_t n = 0; !stopped_; ++n) {
    const Nanos heard = begin + n * kFrame;
    co_await Sleep(loop(), heard + kFrame - loop().now());
    if (stopped_) break;
    const std::size_t from = static_cast<std::size_t>(n) * frame_samples;
    if (clip_goes_on && from >= samples_.size()) {
      clip_goes_on = false;
      clip_end = heard;
      on_clip_finished.Emit(loop());
    }
    if (!clip_goes_on && options_.silence_after != Nanos::max() && heard - clip_end >= options_.silence_after)
      break;
    AudioBuffer audio = AudioBuffer::Silence(frame_samples * 2);
    const std::size_t left = samples_.size() - std::min(from, samples_.size());
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() - left),
                std::min(left, frame_samples), audio.writable().begin());
    if (options_.recorder) {
      if (Status status = options_.recorder->NoteCaller(heard, audio.samples(), sample_rate());
          !status.ok()) {
        PushError(status.message());
      }
    }
    PushAudio(Make<InputAudioRawFrame>(std::move(audio), sample_rate(), 1));
  }
  co_return OkStatus();
}

}  // namespace repartee
