// Fuzzer of the chunks of a streamed answer, lines of data as events bring them, and of transcriptions.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "repartee/services/openai/protocol.h"
#include "repartee/services/openai/speech_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace repartee::openai;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  ToolCallAssembler calls;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + (line.size() < text.size() ? 1 : 0));
    const auto chunk = ParseChunk(line);
    if (!chunk.ok()) continue;
    for (const ToolCallPiece& piece : chunk->tool_calls) calls.Add(piece);
  }
  for (const ToolCall& call : std::move(calls).Finish())
    static_cast<void>(call.arguments.dump(-1, ' ', false, repartee::Json::error_handler_t::replace));
  static_cast<void>(ParseTranscription({reinterpret_cast<const char*>(data), size}));
  static_cast<void>(ErrorText({reinterpret_cast<const char*>(data), size}));
  return 0;
}
