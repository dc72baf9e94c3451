// A block: the bodies of up to 512 spans, compressed together because neighbours
// repeat each other. Raw layout, all numbers little endian:
//
//   u32 count, count x u32 end offset (from the first item), the items
//
// An item is a text or a span (span_item.h tells how a span is written).
// Thread: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"

namespace repartee::server {

class BlockBuilder {
 public:
  // Returns the item's number.
  std::uint32_t Add(std::string_view item);
  std::size_t items() const { return ends_.size(); }
  std::size_t bytes() const { return data_.size(); }
  // The compressed block; `raw_bytes` gets its length before. Empties the builder.
  std::string Finish(std::size_t& raw_bytes);

 private:
  std::vector<std::uint32_t> ends_;
  std::string data_;
};

class Block {
 public:
  // Malformed if the bytes are not a block of that raw length.
  static Result<Block> Open(std::string_view compressed, std::size_t raw_bytes);
  std::size_t items() const { return count_; }
  // Malformed if there is no such item.
  Result<std::string_view> Item(std::size_t number) const;
  std::size_t bytes() const { return raw_.size(); }

 private:
  std::string raw_;
  std::size_t count_ = 0;
};

}  // namespace repartee::server
