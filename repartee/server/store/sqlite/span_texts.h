// Which texts a span has: those that its trace may repeat, so that they are stored
// once, and those that somebody may look for: what was said, asked and answered,
// by whom, under which name.
//
// Thread: pure functions and values; the views live as long as the record.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "repartee/server/store/span_record.h"

namespace repartee::server {

struct TextHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const TextHash&, const TextHash&) = default;
};

// Differs from process to process, so nobody can prepare two texts with equal hashes.
TextHash HashText(std::string_view text);

// A long text inside the span's bytes.
struct TextCut {
  std::size_t offset = 0;
  std::size_t size = 0;
  TextHash hash;
};

// A text to be found by.
struct TextPart {
  std::string_view bytes;
  bool is_escaped = false;  // stands in a JSON text, with its backslashes
  int cut = -1;             // the cut with the same bytes
};

struct SpanTexts {
  std::vector<TextCut> cuts;    // in order, apart from each other
  std::vector<TextPart> parts;  // none of a provisional span
};

SpanTexts FindTexts(const SpanRecord& record);

// Appends the text; what is no well-formed escape stays as it is.
void AppendUnescaped(std::string& out, std::string_view escaped);

}  // namespace repartee::server
