// SpanBodyReader: a span's bytes out of the blocks of one day file. Keeps the last
// opened blocks, up to a limit, since neighbours are asked for together.
//
// Thread: that of its connection.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "repartee/server/store/sqlite/block.h"
#include "repartee/server/store/sqlite/contents.h"
#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/sqlite/span_item.h"

namespace repartee::server {

class SpanBodyReader {
 public:
  // `database` is borrowed and outlives the reader.
  static Result<std::unique_ptr<SpanBodyReader>> Create(Database& database);

  // NotFound if the batch is not there, Malformed if it is damaged.
  Result<SpanBody> Read(std::int64_t batch, std::int64_t item);
  // Any item of a block.
  Result<std::string> Item(const TextPlace& place);
  // What the block holds, in views of `bytes`. Empty for one of the first version, which does
  // not tell.
  Result<BlockContents> Contents(std::int64_t batch, std::string& bytes);
  // The words of the span whose item that is, as they are indexed; empty if it has none.
  Result<std::string> Document(const TextPlace& span);

 private:
  SpanBodyReader() = default;
  Result<const Block*> OpenBlock(std::int64_t batch);

  struct Kept {
    std::int64_t batch;
    Block block;
  };
  Statement select_, contents_;
  std::list<Kept> kept_;  // most recent first
  std::unordered_map<std::int64_t, std::list<Kept>::iterator> by_batch_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace repartee::server
