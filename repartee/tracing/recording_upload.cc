#include "repartee/tracing/recording_upload.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/resampler.h"
#include "repartee/audio/wav.h"

namespace repartee {
namespace {

constexpr char kWav[] = "audio/wav";
constexpr std::size_t kMaxUploadBytes = std::size_t{60} << 20;

std::size_t FrameAt(Nanos time, std::size_t frames) {
  const double at = std::max(ToSeconds(time), 0.0) * kRecordingRate;
  return std::min(static_cast<std::size_t>(at), frames);
}

// Servers take 64 MiB: 17 minutes, or twice as many at half the rate.
Result<std::string> WholeSound(const WavAudio& wav) {
  if (wav.samples.size() * 2 <= kMaxUploadBytes) return EncodeWav(wav.samples, wav.rate_hz, wav.channels);
  Result<Resampler> narrower = Resampler::Create(wav.rate_hz, wav.rate_hz / 2, wav.channels);
  if (!narrower.ok()) return std::move(narrower).status();
  std::vector<std::int16_t> sound = narrower->Process(wav.samples);
  const std::vector<std::int16_t> rest = narrower->Flush();
  sound.insert(sound.end(), rest.begin(), rest.end());
  return EncodeWav(sound, wav.rate_hz / 2, wav.channels);
}

}  // namespace

std::string CutTurn(std::span<const std::int16_t> stereo, int channel, Nanos begin, Nanos end) {
  const std::size_t frames = stereo.size() / 2;
  const std::size_t last = FrameAt(end, frames);
  std::vector<std::int16_t> sound;
  for (std::size_t i = FrameAt(begin, frames); i < last; ++i)
    sound.push_back(stereo[2 * i + static_cast<std::size_t>(channel)]);
  const auto heard = [](std::int16_t sample) { return sample != 0; };
  sound.erase(sound.begin(), std::find_if(sound.begin(), sound.end(), heard));
  sound.erase(std::find_if(sound.rbegin(), sound.rend(), heard).base(), sound.end());
  return sound.empty() ? std::string() : EncodeWav(sound, kRecordingRate, 1);
}

Result<std::vector<Medium>> MediaOf(const std::string& path, const RecordedConversation& conversation) {
  Result<WavAudio> wav = ReadWav(path);
  if (!wav.ok()) return std::move(wav).status();
  Result<std::string> whole = WholeSound(*wav);
  if (!whole.ok()) return std::move(whole).status();
  const std::string trace = conversation.span.trace_id.ToHex();
  std::vector<Medium> media;
  media.push_back({trace, conversation.span.span_id.ToHex(), "metadata", kWav, *std::move(whole)});
  for (const RecordedTurn& turn : conversation.turns) {
    for (const int channel : {0, 1}) {
      std::string sound = CutTurn(wav->samples, channel, turn.begin, turn.end);
      if (sound.empty()) continue;
      media.push_back({trace, turn.span.ToHex(), channel == 0 ? "input" : "output", kWav, std::move(sound)});
    }
  }
  return media;
}

}  // namespace repartee
