// Functions with a scripted answer, for the models of scenarios to call.
//
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <vector>

#include "repartee/services/llm_service.h"
#include "tests/scenario/object_reader.h"

namespace repartee::scenario {

struct ScriptedFunction {
  std::string name;
  double delay_ms = 0;  // before the result
  Json result;
  bool cancel_on_interruption = true;
  std::optional<Nanos> timeout;
};

// The list under `key`; left out, there are none.
std::vector<ScriptedFunction> ReadFunctions(ObjectReader& read, std::string_view key);
void RegisterFunctions(LLMService& llm, std::vector<ScriptedFunction> functions);

}  // namespace repartee::scenario
