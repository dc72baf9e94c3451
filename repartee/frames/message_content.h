// MessageContent: what a message to the client says: JSON, held as a value or as the text that is
// sent. Whichever was not given is made when it is first asked for.
//
// Most messages are made by the dozen and sent as they are: they never become values, and are never
// made at all for a client that nobody is. Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/base/json_text.h"

namespace repartee {

class MessageContent {
 public:
  MessageContent(Json value) : value_(std::move(value)) {}
  // No document at all counts as null.
  MessageContent(JsonText document) : text_(std::move(document).text()) {}

  const Json& json() const;
  // As DumpPythonStyle(json(), true) writes it.
  const std::string& text() const;

 private:
  mutable std::optional<Json> value_;
  mutable std::string text_;  // empty: not made yet
};

}  // namespace repartee
