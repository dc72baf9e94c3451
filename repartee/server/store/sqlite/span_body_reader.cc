#include "repartee/server/store/sqlite/span_body_reader.h"

namespace repartee::server {

Result<std::unique_ptr<SpanBodyReader>> SpanBodyReader::Create(Database& database, std::size_t kept_bytes) {
  std::unique_ptr<SpanBodyReader> reader(new SpanBodyReader(kept_bytes));
  const Database::Prepared statements[] = {
      {&reader->select_, "SELECT raw_bytes,block FROM batch WHERE number=?"},
      {&reader->contents_, "SELECT contents FROM batch WHERE number=?"},
      {&reader->trace_id_, "SELECT trace_id FROM trace WHERE tkey=?"},
  };
  if (Status status = database.PrepareAll(statements); !status.ok()) return status;
  return reader;
}

Result<const Block*> SpanBodyReader::OpenBlock(std::int64_t batch) {
  if (const auto known = by_batch_.find(batch); known != by_batch_.end()) {
    kept_.splice(kept_.begin(), kept_, known->second);
    return static_cast<const Block*>(&kept_.front().block);
  }
  const StatementUse use(select_);
  select_.Bind(1, batch);
  Result<bool> row = select_.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return Status::NotFound("no batch {}", batch);
  Result<Block> block = Block::Open(select_.Blob(1), static_cast<std::size_t>(select_.Integer(0)));
  if (!block.ok()) return std::move(block).status().Annotate("batch {}", batch);
  kept_bytes_ += block->bytes();
  kept_.push_front({batch, *std::move(block)});
  by_batch_[batch] = kept_.begin();
  // One block may be larger than the limit; it stays until the next comes.
  while (kept_bytes_ > kept_limit_ && kept_.size() > 1) {
    kept_bytes_ -= kept_.back().block.bytes();
    by_batch_.erase(kept_.back().batch);
    kept_.pop_back();
  }
  return static_cast<const Block*>(&kept_.front().block);
}

Result<std::string> SpanBodyReader::Item(const TextPlace& place) {
  Result<const Block*> block = OpenBlock(place.batch);
  if (!block.ok()) return std::move(block).status();
  const Result<std::string_view> item = (*block)->Item(place.item);
  if (!item.ok()) return item.status();
  return std::string(*item);  // opening other blocks may drop this one
}

Result<BlockContents> SpanBodyReader::Contents(std::int64_t batch, std::string& bytes) {
  std::int64_t number = -1;
  {
    const StatementUse use(contents_);
    contents_.Bind(1, batch);
    Result<bool> row = contents_.Step();
    if (!row.ok()) return std::move(row).status();
    if (*row) number = contents_.Measure(0);
  }
  if (number < 0) return BlockContents{};
  Result<std::string> item = Item({batch, static_cast<std::uint32_t>(number)});
  if (!item.ok()) return std::move(item).status();
  bytes = *std::move(item);
  return ReadContents(bytes, batch);
}

Result<std::string> SpanBodyReader::Document(const TextPlace& place) {
  std::string bytes;
  const Result<BlockContents> contents = Contents(place.batch, bytes);
  if (!contents.ok()) return contents.status();
  for (const StoredSpan& span : contents->spans) {
    if (span.item == place.item)
      return DocumentOf(span, [this](const TextPlace& text) { return Item(text); });
  }
  return std::string();
}

Result<TraceId> SpanBodyReader::IdOf(std::int64_t key) {
  const StatementUse use(trace_id_);
  trace_id_.Bind(1, key);
  Result<bool> row = trace_id_.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return Status::NotFound("no trace {}", key);
  return TraceId::FromBytes(trace_id_.Blob(0)).value_or(TraceId{});
}

Result<SpanBody> SpanBodyReader::Read(std::int64_t key, const SpanRow& row) {
  const Result<TraceId> id = IdOf(key);
  if (!id.ok()) return id.status();
  const Result<std::string> bytes = Item({row.batch, static_cast<std::uint32_t>(row.item)});
  if (!bytes.ok()) return bytes.status();
  const SpanHead head(*id, row.id, row.parent, row.facts.start_ns, row.facts.end_ns);
  return DecodeSpanItem(*bytes, row.batch, head, [this](const TextPlace& place) { return Item(place); });
}

}  // namespace repartee::server
