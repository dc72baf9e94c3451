// Tells the model, in words, which tools came and went. Thread: pure.
#pragma once

#include <string>

#include "repartee/base/json.h"

namespace repartee {

// Both in the form that LLMContext holds. Empty if the same tools are there.
std::string DescribeToolChange(const Json& before, const Json& after);

}  // namespace repartee
