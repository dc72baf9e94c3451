#include "repartee/agent/agent_settings.h"

#include <algorithm>
#include <iterator>

namespace repartee {

Status AddMCPTools(AgentSettings& settings) {
  for (const MCPClientOptions& server : settings.mcp_servers) {
    auto tools = GetMCPTools(server);
    if (!tools.ok()) return std::move(tools).status();
    for (DirectFunction& tool : *tools) {
      const bool known = std::ranges::any_of(
          settings.tools, [&tool](const DirectFunction& other) { return other.name == tool.name; });
      if (known)
        return Status::InvalidArgument("there are two tools {}, one of {}", tool.name, NameOf(server));
      settings.tools.push_back(std::move(tool));
    }
  }
  settings.mcp_servers.clear();
  return OkStatus();
}

}  // namespace repartee
