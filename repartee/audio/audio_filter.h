// BaseAudioFilter: changes a transport's sound on its way in or out: noise suppression,
// gain, an effect of the program's own. Thread: the conversation's loop; Filter is called
// for each piece of sound and must be quick.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee {

class BaseAudioFilter {
 public:
  virtual ~BaseAudioFilter() = default;
  // Before the first sound. An error is reported and the sound passes unfiltered.
  virtual Status Start(int /*rate_hz*/, int /*channels*/) { return OkStatus(); }
  virtual void Stop() {}
  // From a FilterUpdateSettingsFrame. InvalidArgument changes nothing.
  virtual Status UpdateSettings(const Json& settings) = 0;
  // What goes on: of any length, empty while the filter gathers.
  virtual std::vector<std::int16_t> Filter(std::span<const std::int16_t> samples) = 0;
};

}  // namespace repartee
