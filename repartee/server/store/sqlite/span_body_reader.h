// SpanBodyReader: a span's bytes out of the blocks of one day file. Keeps the last
// opened blocks, up to `kept_bytes` unpacked, since neighbours are asked for together.
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
  static Result<std::unique_ptr<SpanBodyReader>> Create(Database& database, std::size_t kept_bytes);

  // Of the trace of that key. NotFound if trace or batch is not there, Malformed if it is damaged.
  Result<SpanBody> Read(std::int64_t key, const SpanRow& row);
  // Any item of a block.
  Result<std::string> Item(const TextPlace& place);
  // What the block holds, in views of `bytes`. Empty for one of the first version, which does
  // not tell.
  Result<BlockContents> Contents(std::int64_t batch, std::string& bytes);
  // The words of the span whose item that is, as they are indexed; empty if it has none.
  Result<std::string> Document(const TextPlace& span);

 private:
  explicit SpanBodyReader(std::size_t kept_limit) : kept_limit_(kept_limit) {}
  Result<const Block*> OpenBlock(std::int64_t batch);
  Result<TraceId> IdOf(std::int64_t key);

  struct Kept {
    std::int64_t batch;
    Block block;
  };
  const std::size_t kept_limit_;
  Statement select_, contents_, trace_id_;
  std::list<Kept> kept_;  // most recent first
  std::unordered_map<std::int64_t, std::list<Kept>::iterator> by_batch_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace repartee::server
