// Fuzzer of the vendor's messages: lines of text, as the connection brings them.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "repartee/services/cartesia/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace repartee::cartesia;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(WithoutTags(text));
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + (line.size() < text.size() ? 1 : 0));
    auto message = ParseMessage(line);
    if (!message.ok()) continue;
    for (const auto& word : JoinPunctuation(std::move(message->words))) {
      static_cast<void>(WithoutTags(word.text));
    }
  }
  return 0;
}
