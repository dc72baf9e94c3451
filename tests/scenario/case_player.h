// Plays a recorded case: builds the pipeline of its setup_spec, feeds its input in
// virtual time, and gives what came out in the form of the case file. The same case
// gives the same bytes every time.
//
// Thread: main.
#pragma once

#include "repartee/base/json.h"

namespace repartee::scenario {

// `file` is a case as recorded, or its question alone; what was recorded has no effect. The
// answer has "case", "observed", "events", "also". InvalidArgument: the case is not understood;
// else the run did not come to its end.
Result<Json> PlayCase(const Json& file);

}  // namespace repartee::scenario
