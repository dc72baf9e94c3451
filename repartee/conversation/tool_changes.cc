#include "repartee/conversation/tool_changes.h"

#include <string_view>

namespace repartee {
namespace {

bool HasTool(const Json& tools, std::string_view name) {
  for (const Json& tool : tools) {
    if (tool["name"].get_ref<const std::string&>() == name) return true;
  }
  return false;
}

// Names in `tools` that `others` has not, with commas between.
std::string Missing(const Json& tools, const Json& others) {
  std::string names;
  for (const Json& tool : tools) {
    const auto& name = tool["name"].get_ref<const std::string&>();
    if (!HasTool(others, name)) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace

std::string DescribeToolChange(const Json& before, const Json& after) {
  const std::string added = Missing(after, before);
  const std::string removed = Missing(before, after);
  std::string text;
  if (!added.empty()) text = "These tools are available now: " + added + ".";
  if (!removed.empty())
    text += (text.empty() ? "" : " ") + ("These tools are no longer available: " + removed + ".");
  return text;
}

}  // namespace repartee
