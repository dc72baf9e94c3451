// Fuzzer of the descriptions of agents.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "repartee/agent/agent_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kFunctions = repartee::AgentFunctions();
  static_cast<void>(
      repartee::ParseAgentFile({reinterpret_cast<const char*>(data), size}, "agent.yaml", kFunctions));
  return 0;
}
