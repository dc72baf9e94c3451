// Any text as input, output and metadata of a call: names of tools, never more than the limit;
// tools that move to the input are there once.
#include "repartee/server/ingest/mapping/tool_move.h"
#include "repartee/server/ingest/mapping/tools.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  repartee::server::Observation observation;
  observation.input = text;
  observation.output = text;
  observation.metadata = {{"tools", text}, {"attributes", text}};
  const repartee::server::ToolNames tools = ToolsOf(observation, true);
  if (tools.offered.size() > repartee::server::kMaxToolsOfSpan) __builtin_trap();
  if (tools.called.size() > repartee::server::kMaxToolsOfSpan) __builtin_trap();
  const auto moved = repartee::server::MoveToolsToInput(observation.input, observation.metadata);
  if (moved && repartee::server::MoveToolsToInput(observation.input, observation.metadata)) __builtin_trap();
  return 0;
}
