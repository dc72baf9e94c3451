#include "repartee/base/json.h"

namespace repartee {
namespace {

// Scalars and keys are nlohmann's; only the separators differ from Python's.
std::string Scalar(const Json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, Json::error_handler_t::replace);
}

void Append(std::string& out, const Json& value, bool ascii) {
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      if (!first) out += ", ";
      first = false;
      out += Scalar(Json(key), ascii);
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
  out += Scalar(value, ascii);
}

}  // namespace

Result<Json> ParseJson(std::string_view text) {
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
