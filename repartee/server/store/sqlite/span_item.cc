#include "repartee/server/store/sqlite/span_item.h"

#include "repartee/server/model/hash.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

constexpr std::uint64_t kOwnBatch =
    kHeadFields + 1;  // what a reference to a text of the same block begins with

SpanHead HeadOf(const SpanRecord& record) {
  return {record.trace_id, record.span_id, record.parent_id, record.facts.start_ns, record.facts.end_ns};
}

class ItemWriter {
 public:
  ItemWriter(std::string_view raw, std::int64_t batch) : raw_(raw), batch_(batch) { item_ += '\0'; }

  void Text(const TextPlace& place) {
    AppendVarint(item_, static_cast<std::uint64_t>(batch_ - place.batch) + kOwnBatch);
    AppendVarint(item_, place.item);
  }
  void Field(HeadField field) { item_ += static_cast<char>(field); }
  // What lies before `offset`; what follows is taken from behind `size` more bytes.
  void CutAt(std::size_t offset, std::size_t size) {
    AppendVarint(item_, offset - at_);
    item_.append(raw_.substr(at_, offset - at_));
    at_ = offset + size;
  }
  std::string Finish() && {
    CutAt(raw_.size(), 0);
    item_ += '\0';
    return std::move(item_);
  }

 private:
  std::string_view raw_;
  std::int64_t batch_;
  std::size_t at_ = 0;
  std::string item_;
};

class ItemReader {
 public:
  ItemReader(std::string_view item, std::int64_t batch, const SpanHead& head, const FetchText& fetch)
      : in_(item), batch_(batch), head_(head), fetch_(fetch) {
    if (!in_.starts_with('\0')) return;
    in_.remove_prefix(1);
    own_batch_ = kOwnBatch;
  }

  Result<SpanBody> Read() {
    SpanBody body;
    for (std::string* const text : {&body.resource, &body.scope}) {
      Result<bool> more = AppendRef(*text);
      if (!more.ok()) return std::move(more).status();
      if (!*more) return Status::Malformed("span item: text missing");
    }
    while (true) {
      const std::optional<std::uint64_t> size = ReadVarint(in_);
      if (!size || *size > in_.size()) return Status::Malformed("span item: truncated literal");
      body.span.append(in_.substr(0, *size));
      in_.remove_prefix(*size);
      Result<bool> more = AppendRef(body.span);
      if (!more.ok()) return std::move(more).status();
      if (!*more) return body;
    }
  }

 private:
  // False at the end mark.
  Result<bool> AppendRef(std::string& out) {
    const std::optional<std::uint64_t> kind = ReadVarint(in_);
    if (!kind) return Status::Malformed("span item: truncated reference");
    if (*kind == 0) return false;
    if (*kind < own_batch_) {
      out += head_.Bytes(static_cast<HeadField>(*kind));
      return true;
    }
    const std::uint64_t back = *kind - own_batch_;
    const std::optional<std::uint64_t> item = ReadVarint(in_);
    if (!item || *item > 0xffffffff || back > static_cast<std::uint64_t>(batch_))
      return Status::Malformed("span item: broken reference");
    Result<std::string> text =
        fetch_({batch_ - static_cast<std::int64_t>(back), static_cast<std::uint32_t>(*item)});
    if (!text.ok()) return std::move(text).status();
    out += *text;
    return true;
  }

  std::string_view in_;
  std::int64_t batch_;
  const SpanHead& head_;
  const FetchText& fetch_;
  std::uint64_t own_batch_ = 1;
};

}  // namespace

PreparedSpan PrepareSpan(const SpanRecord& record) {
  PreparedSpan prepared;
  prepared.content_hash = Hash64(record.raw, Hash64(record.resource, Hash64(record.scope, 0)));
  prepared.resource_hash = HashText(record.resource);
  prepared.scope_hash = HashText(record.scope);
  prepared.texts = FindTexts(record);
  prepared.head = FindHead(record.raw, HeadOf(record));
  return prepared;
}

std::string EncodeSpanItem(const SpanRecord& record, const PreparedSpan& prepared, std::int64_t batch,
                           const PlaceText& place) {
  ItemWriter writer(record.raw, batch);
  writer.Text(place(record.resource, prepared.resource_hash));
  writer.Text(place(record.scope, prepared.scope_hash));
  const SpanHead head = HeadOf(record);
  auto field = prepared.head.begin();
  const auto fields_before = [&](std::size_t offset) {
    for (; field != prepared.head.end() && field->offset < offset; ++field) {
      writer.CutAt(field->offset, head.Bytes(field->field).size());
      writer.Field(field->field);
    }
  };
  for (const TextCut& cut : prepared.texts.cuts) {
    fields_before(cut.offset);
    writer.CutAt(cut.offset, cut.size);
    writer.Text(place(record.raw.substr(cut.offset, cut.size), cut.hash));
  }
  fields_before(record.raw.size());
  return std::move(writer).Finish();
}

Result<SpanBody> DecodeSpanItem(std::string_view item, std::int64_t batch, const SpanHead& head,
                                const FetchText& fetch) {
  return ItemReader(item, batch, head, fetch).Read();
}

}  // namespace repartee::server
