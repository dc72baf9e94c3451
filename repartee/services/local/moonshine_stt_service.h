// MoonshineSTTService: English speech to text on this machine.
//
// Moonshine takes an utterance whole, so there are no guesses while the user speaks: the
// one transcript of a stretch of speech comes about 0.1 s after the VAD's stop and is
// final. Speech over 14 s is cut there. Thread: the conversation's loop.
#pragma once

#include "repartee/services/local/local_models.h"
#include "repartee/services/segmented_stt_service.h"

namespace repartee {

class MoonshineSTTService final : public SegmentedSTTService {
 public:
  // `models` is borrowed and outlives the service.
  explicit MoonshineSTTService(local::LocalModels& models);

 protected:
  // InvalidArgument on any change: there is nothing to set.
  Status CheckSettings(const Json& delta) const override;
  Task<Result<std::string>> Transcribe(SpeechSegment segment) override;

 private:
  local::LocalModels& models_;
};

}  // namespace repartee
