#include "repartee/base/json.h"

#include <algorithm>

#include "repartee/base/json_nesting.h"

namespace repartee {
namespace {

// Scalars and keys are nlohmann's; only the separators differ from Python's.
std::string Scalar(const Json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, Json::error_handler_t::replace);
}

// Most texts need no escape at all, and every request's messages pass here.
void AppendText(std::string& out, const std::string& text, bool ascii) {
  const auto is_plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), is_plain)) {
    out += Scalar(Json(text), ascii);
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void Append(std::string& out, const Json& value, bool ascii) {
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      if (!first) out += ", ";
      first = false;
      AppendText(out, key, ascii);
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
  if (value.is_string()) return AppendText(out, value.get_ref<const std::string&>(), ascii);
  out += Scalar(value, ascii);
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
