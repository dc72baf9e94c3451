#include "repartee/base/json.h"

#include "repartee/base/json_nesting.h"
#include "repartee/base/json_text.h"

namespace repartee {
namespace {

void Append(std::string& out, const Json& value, bool ascii) {
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      if (!first) out += ", ";
      first = false;
      AppendJson(out, key, ascii);
      out += ": ";
      Append(out, item, ascii);
    }
    out += '}';
    return;
  }
  if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const Json& item : value) {
      if (!first) out += ", ";
      first = false;
      Append(out, item, ascii);
    }
    out += ']';
    return;
  }
  if (value.is_string()) return AppendJson(out, value.get_ref<const std::string&>(), ascii);
  // Scalars are nlohmann's; only the separators differ from Python's.
  out += value.dump();
}

// Values are copied and written recursively: a text that is all brackets must not become a stack overflow.
constexpr int kMaxDepth = 256;

}  // namespace

Result<Json> ParseJson(std::string_view text) {
  if (const std::size_t at = FindDeepNesting(text, kMaxDepth); at != std::string_view::npos) {
    return Status::Malformed("JSON nested deeper than {} at byte {}", kMaxDepth, at);
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return Status::Malformed("not JSON at byte {}", error.byte);
  } catch (const Json::exception& error) {
    return Status::Malformed("not JSON: {}", error.what());
  }
}

std::string DumpPythonStyle(const Json& value, bool ascii) {
  std::string out;
  Append(out, value, ascii);
  return out;
}

}  // namespace repartee
