#include "repartee/frames/message_content.h"

namespace repartee {

// The text is our own, so it is valid; its depth is bounded by what it was made of.
const Json& MessageContent::json() const {
  if (!value_) value_.emplace(text_.empty() ? Json() : Json::parse(text_, nullptr, false));
  return *value_;
}

const std::string& MessageContent::text() const {
  if (text_.empty()) text_ = DumpPythonStyle(json(), true);
  return text_;
}

}  // namespace repartee
