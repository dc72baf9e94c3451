// Golden data of the repository's tests/golden folder. For tests only.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "repartee/base/json.h"

namespace repartee {

inline std::string GoldenPath(const std::string& name) { return REPARTEE_SOURCE_DIR "/tests/golden/" + name; }

// Throws, and so fails the test, if the file is missing or broken.
inline Json GoldenJson(const std::string& name) {
  std::ifstream file(GoldenPath(name));
  Result<Json> json = ParseJson(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!json.ok()) throw std::runtime_error(name + ": " + json.status().ToString());
  return *std::move(json);
}

}  // namespace repartee
