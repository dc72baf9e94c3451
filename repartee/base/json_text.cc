#include "repartee/base/json_text.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace repartee {

// Most texts need no escape at all, and every request's messages pass here.
void AppendJson(std::string& out, std::string_view text, bool ascii) {
  const auto is_plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), is_plain)) {
    out += Json(std::string(text)).dump(-1, ' ', ascii, Json::error_handler_t::replace);
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

// Between these bounds the shortest digits are written the same way by all; the rest, and what is no
// number, is nlohmann's business.
void AppendJson(std::string& out, double value) {
  const double size = std::abs(value);
  if (value != 0 && !(size >= 1e-4 && size < 1e15)) {
    out += Json(value).dump();
    return;
  }
  const std::size_t begin = out.size();
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), value);
  if (out.find('.', begin) == std::string::npos) out += ".0";
}

}  // namespace repartee
