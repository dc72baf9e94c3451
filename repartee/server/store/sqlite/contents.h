// What a block holds, as its last item says: each span with the trace it is of and
// the texts it is found by. The items between two spans are the texts that the
// second one brought, so a block tells by itself what goes with a trace.
//
//   contents := varint spans { span } varint replaced { back item }
//   span     := varint zigzag(key - last key), varint item - last item, { text } 0
//   text     := 1 | 2 (plain | escaped) varint length, bytes
//             | 3 | 4 (plain | escaped) varint back, varint item
//
// `back` counts batches. Thread: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/server/store/sqlite/span_item.h"

namespace repartee::server {

class ContentsBuilder {
 public:
  // All until Finish are of one batch. Texts belong to the span added last.
  void AddSpan(std::int64_t key, std::uint32_t item);
  void AddText(std::string_view bytes, bool is_escaped);
  void AddText(std::int64_t batch, const TextPlace& place, bool is_escaped);
  // A span of that place counts no more.
  void AddReplaced(std::int64_t batch, const TextPlace& place);
  // The item; empties the builder.
  std::string Finish();

 private:
  void CloseSpan();

  std::string spans_;
  std::string replaced_;
  std::uint64_t span_count_ = 0;
  std::uint64_t replaced_count_ = 0;
  std::int64_t last_key_ = 0;
  std::uint32_t last_item_ = 0;
};

struct StoredText {
  std::string_view bytes;  // if it stands here
  TextPlace place;         // else, batch > 0
  bool is_escaped = false;
};

struct StoredSpan {
  std::int64_t key = 0;  // the trace's
  std::uint32_t item = 0;
  std::uint32_t first_item = 0;  // of those that it brought; itself if none
  std::vector<StoredText> texts;
};

struct BlockContents {
  std::vector<StoredSpan> spans;
  std::vector<TextPlace> replaced;
};

// Views into `item`. Malformed if it is not one of a block of that batch.
Result<BlockContents> ReadContents(std::string_view item, std::int64_t batch);

// Stands between two texts of a document. No word has it, and no phrase goes over it.
inline constexpr char kTextBorder = '\x1e';

// The words of a span, as they are indexed: always the same ones. Empty: none.
Result<std::string> DocumentOf(const StoredSpan& span, const FetchText& fetch);

}  // namespace repartee::server
