// Tools that a call was offered in its metadata are shown in its input instead, beside
// the messages: `{"messages":[...],"tools":[...]}`, as the reference stores them.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/server/model/observation.h"

namespace repartee::server {

// Which metadata went into the input, by attribute: so that the same goes out of the dotted form.
struct MovedTools {
  bool metadata_tools = false;          // the key "tools"
  std::vector<std::string> attributes;  // whole attributes
  // What is left of "model_request_parameters", if something went out of it.
  std::optional<std::string> request_parameters{};
};

// Nothing, and nothing changed, if the metadata offers no tools or the input cannot hold them.
std::optional<MovedTools> MoveToolsToInput(std::optional<std::string>& input,
                                           std::vector<MetadataEntry>& metadata);

// Takes the same out of metadata with dotted keys.
void RemoveMovedTools(const MovedTools& moved, std::vector<MetadataEntry>& flat);

}  // namespace repartee::server
