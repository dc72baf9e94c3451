// The recorded wire vectors, for tests. Thread: the test's.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "repartee/base/encoding.h"
#include "repartee/base/json.h"

namespace repartee::testing {

struct WireVector {
  std::string title;  // file, or what is refused
  std::string serializer;
  bool outgoing;      // server to client
  Json entry;         // of index.json
  std::string bytes;  // of the file; empty without one

  // Null where the bytes are refused.
  const Json& frame() const {
    static const Json null;
    return entry.contains("frame") ? entry["frame"] : null;
  }
};

inline std::string ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

inline std::vector<WireVector> WireVectors(std::string_view serializer_prefix) {
  const std::string folder = REPARTEE_SOURCE_DIR "/tests/golden/wire/";
  const auto index = ParseJson(ReadWholeFile(folder + "index.json"));
  if (!index.ok()) throw std::runtime_error(index.status().ToString());
  std::vector<WireVector> vectors;
  for (const Json& entry : (*index)["vectors"]) {
    const std::string serializer = entry["serializer"];
    if (!serializer.starts_with(serializer_prefix)) continue;
    const std::string file = entry.value("file", "");
    vectors.push_back({file.empty() ? entry.value("frame", Json()).dump() : file, serializer,
                       entry["direction"] == "serialize", entry,
                       file.empty() ? "" : ReadWholeFile(folder + file)});
  }
  return vectors;
}

// "audio_hex" of a frame as bytes.
inline std::string AudioOf(const Json& frame) { return *HexDecode(frame.value("audio_hex", "")); }

}  // namespace repartee::testing
