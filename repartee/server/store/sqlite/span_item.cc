#include "repartee/server/store/sqlite/span_item.h"

#include "repartee/server/model/hash.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

void AppendRef(std::string& out, std::int64_t batch, const TextPlace& place) {
  AppendVarint(out, static_cast<std::uint64_t>(batch - place.batch) + 1);
  AppendVarint(out, place.item);
}

// Nothing at the end mark; Malformed if the reference is broken.
Result<std::optional<TextPlace>> ReadRef(std::string_view& in, std::int64_t batch) {
  const std::optional<std::uint64_t> back = ReadVarint(in);
  if (!back) return Status::Malformed("span item: truncated reference");
  if (*back == 0) return std::optional<TextPlace>();
  const std::optional<std::uint64_t> item = ReadVarint(in);
  if (!item || *item > 0xffffffff || *back - 1 > static_cast<std::uint64_t>(batch)) {
    return Status::Malformed("span item: broken reference");
  }
  return std::optional(
      TextPlace{batch - static_cast<std::int64_t>(*back - 1), static_cast<std::uint32_t>(*item)});
}

Result<std::string> ReadText(std::string_view& in, std::int64_t batch, const FetchText& fetch) {
  Result<std::optional<TextPlace>> place = ReadRef(in, batch);
  if (!place.ok()) return std::move(place).status();
  if (!*place) return Status::Malformed("span item: text missing");
  return fetch(**place);
}

}  // namespace

PreparedSpan PrepareSpan(const SpanRecord& record) {
  PreparedSpan prepared;
  prepared.content_hash = Hash64(record.raw, Hash64(record.resource, Hash64(record.scope, 0)));
  prepared.resource_hash = HashText(record.resource);
  prepared.scope_hash = HashText(record.scope);
  prepared.texts = FindTexts(record);
  return prepared;
}

std::string EncodeSpanItem(const SpanRecord& record, const PreparedSpan& prepared, std::int64_t batch,
                           const PlaceText& place) {
  std::string item;
  AppendRef(item, batch, place(record.resource, prepared.resource_hash));
  AppendRef(item, batch, place(record.scope, prepared.scope_hash));
  std::size_t at = 0;
  for (const TextCut& cut : prepared.texts.cuts) {
    AppendVarint(item, cut.offset - at);
    item.append(record.raw.substr(at, cut.offset - at));
    AppendRef(item, batch, place(record.raw.substr(cut.offset, cut.size), cut.hash));
    at = cut.offset + cut.size;
  }
  AppendVarint(item, record.raw.size() - at);
  item.append(record.raw.substr(at));
  AppendVarint(item, 0);
  return item;
}

Result<SpanBody> DecodeSpanItem(std::string_view item, std::int64_t batch, const FetchText& fetch) {
  SpanBody body;
  Result<std::string> resource = ReadText(item, batch, fetch);
  if (!resource.ok()) return std::move(resource).status();
  Result<std::string> scope = ReadText(item, batch, fetch);
  if (!scope.ok()) return std::move(scope).status();
  body.resource = *std::move(resource);
  body.scope = *std::move(scope);
  while (true) {
    const std::optional<std::uint64_t> size = ReadVarint(item);
    if (!size || *size > item.size()) return Status::Malformed("span item: truncated literal");
    body.span.append(item.substr(0, *size));
    item.remove_prefix(*size);
    Result<std::optional<TextPlace>> place = ReadRef(item, batch);
    if (!place.ok()) return std::move(place).status();
    if (!*place) return body;
    Result<std::string> text = fetch(**place);
    if (!text.ok()) return std::move(text).status();
    body.span += *text;
  }
}

}  // namespace repartee::server
