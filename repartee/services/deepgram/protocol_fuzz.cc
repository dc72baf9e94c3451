// Fuzzer of the vendor's messages, each as one text, and of settings.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "repartee/services/deepgram/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace repartee;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = deepgram::ParseMessage(text);
  if (message.ok() && message->end < 0 && message->end != -1) std::abort();
  const auto settings = ParseJson(text);
  if (settings.ok() && settings->is_object() && deepgram::CheckSettings(*settings).ok()) {
    static_cast<void>(deepgram::ListenUrl("ws://h", *settings, {}));
  }
  return 0;
}
