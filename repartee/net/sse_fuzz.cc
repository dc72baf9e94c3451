// Any bytes give the same events whole and cut in two.
#include <cstdint>
#include <cstdlib>

#include "repartee/net/sse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const auto run = [&](std::size_t cut) {
    repartee::SseParser parser(64);
    std::string seen;
    const auto collect = [&](const repartee::SseEvent& event) {
      seen += event.type + '\1' + event.data + '\1' + event.id + '\2';
    };
    const bool ok =
        parser.Feed(stream.substr(0, cut), collect).ok() && parser.Feed(stream.substr(cut), collect).ok();
    return ok ? seen : "too large";
  };
  if (run(size) != run(size == 0 ? 0 : data[0] % size)) std::abort();
  return 0;
}
