// Any query string: a fault that is named, or filters and a place that can be used.
#include "repartee/server/live/event_ring.h"
#include "repartee/server/ui/conversation_filters.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace repartee::server;
  repartee::HttpRequest request;
  request.query.assign(reinterpret_cast<const char*>(data), size);
  UiQuery query(request);
  const ConversationQuery filters = ReadConversationFilters(query, 1, 1'795'000'000'000'000'000);
  if (query.ok() && filters.from_ns && *filters.from_ns < 0) __builtin_trap();
  ListPlace place;
  std::size_t total = 0;
  if (ReadCursor(request.query, place, total)) {
    ListPlace again;
    std::size_t again_total = 0;
    const bool read = ReadCursor(CursorText(place, total), again, again_total);
    if (!read || again.start_ns != place.start_ns || again.key != place.key || again.rank != place.rank ||
        again_total != total)
      __builtin_trap();
  }
  EventRing ring("a");
  ring.Add("x", "1");
  if (ring.Since(request.query) && !request.query.starts_with("a-")) __builtin_trap();
  return 0;
}
