// The cases without a pipeline: one class of the runtime under a table of inputs.
//
// Thread: main.
#pragma once

#include "repartee/base/json.h"

namespace repartee::scenario {

bool IsUnitCase(const Json& file);
// The answer of a case whose setup_spec names a "unit": inputs and outputs of each run together.
Result<Json> PlayUnitCase(const Json& file);

}  // namespace repartee::scenario
