#include "repartee/tracing/recording_upload.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/resampler.h"
#include "repartee/audio/wav.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxUploadBytes = std::size_t{60} << 20;

std::size_t FrameAt(Nanos time, std::size_t frames) {
  const double at = std::max(ToSeconds(time), 0.0) * kRecordingRate;
  return std::min(static_cast<std::size_t>(at), frames);
}

Result<std::string> Encode(const RecordingFormat& format, std::span<const std::int16_t> samples, int rate_hz,
                           int channels) {
  if (!format.encode) return EncodeWav(samples, rate_hz, channels);
  return format.encode(samples, rate_hz, channels);
}

// Servers take 64 MiB: as WAV 17 minutes, or twice as many at half the rate.
Result<std::string> WholeSound(const WavAudio& wav, const RecordingFormat& format) {
  if (format.encode || wav.samples.size() * 2 <= kMaxUploadBytes)
    return Encode(format, wav.samples, wav.rate_hz, wav.channels);
  Result<Resampler> narrower = Resampler::Create(wav.rate_hz, wav.rate_hz / 2, wav.channels);
  if (!narrower.ok()) return std::move(narrower).status();
  std::vector<std::int16_t> sound = narrower->Process(wav.samples);
  const std::vector<std::int16_t> rest = narrower->Flush();
  sound.insert(sound.end(), rest.begin(), rest.end());
  return EncodeWav(sound, wav.rate_hz / 2, wav.channels);
}

}  // namespace

std::vector<std::int16_t> CutTurn(std::span<const std::int16_t> stereo, int channel, Nanos begin, Nanos end) {
  const std::size_t frames = stereo.size() / 2;
  const std::size_t last = FrameAt(end, frames);
  std::vector<std::int16_t> sound;
  for (std::size_t i = FrameAt(begin, frames); i < last; ++i)
    sound.push_back(stereo[2 * i + static_cast<std::size_t>(channel)]);
  const auto heard = [](std::int16_t sample) { return sample != 0; };
  sound.erase(sound.begin(), std::find_if(sound.begin(), sound.end(), heard));
  sound.erase(std::find_if(sound.rbegin(), sound.rend(), heard).base(), sound.end());
  return sound;
}

Result<std::vector<Medium>> MediaOf(const std::string& path, const RecordedConversation& conversation,
                                    const RecordingFormat& format) {
  Result<WavAudio> wav = ReadWav(path);
  if (!wav.ok()) return std::move(wav).status();
  Result<std::string> whole = WholeSound(*wav, format);
  if (!whole.ok()) return std::move(whole).status();
  const std::string trace = conversation.span.trace_id.ToHex();
  std::vector<Medium> media;
  media.push_back(
      {trace, conversation.span.span_id.ToHex(), "metadata", format.content_type, *std::move(whole)});
  for (const RecordedTurn& turn : conversation.turns) {
    for (const int channel : {0, 1}) {
      const std::vector<std::int16_t> sound = CutTurn(wav->samples, channel, turn.begin, turn.end);
      if (sound.empty()) continue;
      Result<std::string> file = Encode(format, sound, kRecordingRate, 1);
      if (!file.ok()) return std::move(file).status();
      media.push_back({trace, turn.span.ToHex(), channel == 0 ? "input" : "output", format.content_type,
                       *std::move(file)});
    }
  }
  return media;
}

}  // namespace repartee
