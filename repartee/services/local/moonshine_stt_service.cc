#include "repartee/services/local/moonshine_stt_service.h"

#include <utility>

#include "repartee/audio/resampler.h"
#include "repartee/services/local/pool_job.h"

namespace repartee {
namespace {

SegmentedSTTOptions Options() {
  SegmentedSTTOptions options;
  // From the end of speech on: 0.2 s until the VAD is sure, and the transcription.
  options.stt.ttfs_p99_latency = std::chrono::milliseconds(300);
  options.lead_in = std::chrono::milliseconds(300);
  // The VAD's own silence is enough for this model.
  options.added_silence = Nanos(0);
  options.max_segment = std::chrono::seconds(14);
  return options;
}

}  // namespace

MoonshineSTTService::MoonshineSTTService(local::LocalModels& models)
    : SegmentedSTTService("MoonshineSTTService", Json{{"model", "moonshine-tiny-en"}, {"language", "en"}},
                          Options()),
      models_(models) {}

Status MoonshineSTTService::CheckSettings(const Json& delta) const {
  if (delta.empty()) return OkStatus();
  return Status::InvalidArgument("{} cannot be set; the local recognizer has one model and one language",
                                 delta.begin().key());
}

Task<Result<std::string>> MoonshineSTTService::Transcribe(SpeechSegment segment) {
  local::MoonshineRecognizer& moonshine = models_.moonshine();
  auto work = [&moonshine, segment = std::move(segment)]() -> Result<std::string> {
    if (segment.sample_rate == local::MoonshineRecognizer::kRateHz)
      return moonshine.Transcribe(segment.samples);
    const auto sound = Resample(segment.samples, segment.sample_rate, local::MoonshineRecognizer::kRateHz);
    if (!sound.ok()) return sound.status();
    return moonshine.Transcribe(*sound);
  };
  const local::CancelToken token;
  co_return co_await local::RunOnPool<std::string>(
      models_.pool(), loop(), local::InferenceLane::kSpeechToText, token, std::move(work));
}

}  // namespace repartee
