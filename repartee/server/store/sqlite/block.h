// A block: the bodies of up to 512 spans, compressed together because neighbours
// repeat each other. Raw layout:
//
//   u32 0xffffffff, varint count, count x varint (length * 2, + 1 of a span), the texts, the spans
//
// Texts lie together and spans too, since like compresses best beside like. Day files
// up to version 4 have the items as they came; all numbers little endian:
//
//   u32 count, count x u32 end offset (from the first item), the items
//
// span_item.h tells how a span is written. Thread: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"

namespace repartee::server {

class BlockBuilder {
 public:
  // Each returns the item's number; both count together.
  std::uint32_t AddText(std::string_view text);
  std::uint32_t AddSpan(std::string_view item);
  std::size_t items() const { return count_; }
  std::size_t bytes() const { return texts_.size() + spans_.size(); }
  // The compressed block; `raw_bytes` gets its length before. Empties the builder.
  std::string Finish(std::size_t& raw_bytes);

 private:
  std::string sizes_;
  std::string texts_;
  std::string spans_;
  std::uint32_t count_ = 0;
};

class Block {
 public:
  // Malformed if the bytes are not a block of that raw length.
  static Result<Block> Open(std::string_view compressed, std::size_t raw_bytes);
  std::size_t items() const { return items_.size(); }
  // Malformed if there is no such item.
  Result<std::string_view> Item(std::size_t number) const;
  std::size_t bytes() const { return raw_.size() + items_.size() * sizeof(Extent); }

 private:
  struct Extent {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  Status ReadSizes();
  Status ReadEnds(std::size_t count);

  std::string raw_;
  std::vector<Extent> items_;
};

}  // namespace repartee::server
