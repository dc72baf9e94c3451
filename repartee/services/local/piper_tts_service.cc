#include "repartee/services/local/piper_tts_service.h"

#include <utility>

#include "repartee/services/local/models/clauses.h"
#include "repartee/services/local/pool_job.h"

namespace repartee {
namespace {

constexpr const char* kVoice = "en_US-joe-medium";

using Pcm = std::vector<std::int16_t>;

TTSServiceOptions Options(int rate_hz) {
  TTSServiceOptions options;
  options.text_aggregation_mode = TextAggregationMode::kClause;
  options.sample_rate = rate_hz;
  return options;
}

}  // namespace

PiperTTSService::PiperTTSService(local::LocalModels& models)
    : TTSService("PiperTTSService", Json{{"model", "piper"}, {"voice", kVoice}, {"language", "en"}},
                 Options(models.piper().sample_rate())),
      models_(models) {}

Status PiperTTSService::CheckSettings(const Json& delta) const {
  if (delta.empty()) return OkStatus();
  return Status::InvalidArgument("{} cannot be set; the local voice is {}", delta.begin().key(), kVoice);
}

// What a program has spoken as a whole (TTSSpeakFrame) is cut here.
Task<Status> PiperTTSService::RunTts(std::string text, std::string context_id) {
  local::PiperVoice& piper = models_.piper();
  PushTtsUsage(text);
  for (std::string& clause : local::SplitClauses(text)) {
    auto work = [&piper, clause = std::move(clause)] { return piper.Synthesize(clause); };
    const local::CancelToken token;
    const Result<Pcm> sound = co_await local::RunOnPool<Pcm>(
        models_.pool(), loop(), local::InferenceLane::kTextToSpeech, token, std::move(work));
    if (!sound.ok()) co_return sound.status();
    if (!AppendAudio(context_id, AudioBuffer::Copy(*sound))) break;
  }
  co_return OkStatus();
}

}  // namespace repartee
