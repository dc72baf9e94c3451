// PiperTTSService: English text to speech on this machine.
//
// The answer is spoken clause by clause: each is one job of the inference pool, about a
// tenth of its own length, so the first sound comes early and an interruption throws
// little away. What was heard goes into the context to the clause.
// Thread: the conversation's loop.
#pragma once

#include <string>

#include "repartee/services/local/local_models.h"
#include "repartee/services/tts_service.h"

namespace repartee {

class PiperTTSService final : public TTSService {
 public:
  // `models` is borrowed and outlives the service.
  explicit PiperTTSService(local::LocalModels& models);

 protected:
  // InvalidArgument on any change: there is nothing to set.
  Status CheckSettings(const Json& delta) const override;
  Task<Status> RunTts(std::string text, std::string context_id) override;

 private:
  local::LocalModels& models_;
};

}  // namespace repartee
