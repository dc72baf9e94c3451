// How a span is kept in a block: its protobuf bytes without what its row tells, and with
// the long texts cut out. A text that the trace has had before is named by its place, so
// the growing history that each LLM call repeats costs a few bytes a message.
//
//   span item := 0 ref(resource) ref(scope) { literal ref } literal 0
//   literal   := varint length, bytes
//   ref       := varint 1..5 (a HeadField) | varint (batches back + 6), varint item
//
// Up to version 4 of day files: without the 0 in front, and with batches back + 1.
// Thread: pure functions and values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/server/model/observation.h"
#include "repartee/server/store/sqlite/span_head.h"
#include "repartee/server/store/sqlite/span_texts.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// What the writer needs beside the record, made on the connection's thread.
struct PreparedSpan {
  std::uint64_t content_hash = 0;
  TextHash resource_hash;
  TextHash scope_hash;
  SpanTexts texts;
  std::vector<HeadCut> head;
};

PreparedSpan PrepareSpan(const SpanRecord& record);

struct TextPlace {
  std::int64_t batch = 0;
  std::uint32_t item = 0;
};

// `place` finds or stores a text and says where it lies; at most `batch` itself.
using PlaceText = std::function<TextPlace(std::string_view text, const TextHash& hash)>;
std::string EncodeSpanItem(const SpanRecord& record, const PreparedSpan& prepared, std::int64_t batch,
                           const PlaceText& place);

// `head` is what the span's row says; `fetch` gives the text at a place. Malformed if the
// item is not a span's.
using FetchText = std::function<Result<std::string>(const TextPlace& place)>;
Result<SpanBody> DecodeSpanItem(std::string_view item, std::int64_t batch, const SpanHead& head,
                                const FetchText& fetch);

}  // namespace repartee::server
