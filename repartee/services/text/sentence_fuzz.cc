// Fuzz target: whatever the bytes and however they are cut, nothing of a text is lost but blanks, and every
// piece of it comes out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "repartee/services/text/sentence_aggregator.h"

namespace {

std::string WithoutSpaces(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c != ' ') kept += c;
  }
  return kept;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  repartee::SentenceAggregatorOptions options;
  options.mode =
      data[0] & 1 ? repartee::TextAggregationMode::kClause : repartee::TextAggregationMode::kSentence;
  if (data[0] & 2) options.protected_tags = {"spell"};
  repartee::SentenceAggregator aggregator(options);
  const std::size_t step = data[1] % 16 + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += step) {
    for (const std::string& piece : aggregator.Add(text.substr(at, step))) out += piece;
  }
  out += aggregator.Flush().value_or("");
  if (WithoutSpaces(out) != WithoutSpaces(text)) std::abort();
  return 0;
}
