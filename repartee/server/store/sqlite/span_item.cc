#include "repartee/server/store/sqlite/span_item.h"

#include <algorithm>
#include <cstring>

#include "repartee/base/random.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/model/hash.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMinText = 32;     // shorter ones cost more as a reference
constexpr std::size_t kMaxCuts = 2'048;  // a span; the rest stays in line

// Attributes whose value may be repeated by later spans of the trace.
bool MayRepeat(std::string_view key) {
  constexpr std::string_view kKeys[] = {"input",
                                        "output",
                                        "transcript",
                                        "text",
                                        "tools",
                                        "gen_ai.system_instructions",
                                        "gen_ai.input.messages",
                                        "gen_ai.output.messages",
                                        "gen_ai.tool.definitions",
                                        "input.value",
                                        "output.value",
                                        "langfuse.observation.input",
                                        "langfuse.observation.output"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

bool IsWhole(std::string_view key) { return key == "tools" || key == "gen_ai.tool.definitions"; }

class CutFinder {
 public:
  CutFinder(std::string_view raw, std::vector<TextCut>& cuts) : raw_(raw), cuts_(cuts) {}

  void Value(std::string_view key, std::string_view text) {
    if (text.size() < kMinText) return;
    const bool is_json = text.front() == '[' || text.front() == '{';
    if (is_json && !IsWhole(key)) {
      JsonTexts(text);
    } else {
      Cut(text);
    }
  }

 private:
  // The string literals of a JSON text, without unescaping: equal messages are
  // written alike by one sender, and the bytes come back as they were.
  void JsonTexts(std::string_view json) {
    const char* at = json.data();
    const char* const end = at + json.size();
    while (at < end) {
      const auto* open = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
      if (open == nullptr) return;
      const char* close = open + 1;
      while (close < end && *close != '"') close += *close == '\\' ? 2 : 1;
      if (close >= end) return;
      if (static_cast<std::size_t>(close - open - 1) >= kMinText)
        Cut({open + 1, static_cast<std::size_t>(close - open - 1)});
      at = close + 1;
    }
  }

  void Cut(std::string_view text) {
    if (cuts_.size() >= kMaxCuts) return;
    cuts_.push_back({static_cast<std::size_t>(text.data() - raw_.data()), text.size(), HashText(text)});
  }

  std::string_view raw_;
  std::vector<TextCut>& cuts_;
};

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

TextHash HashText(std::string_view text) {
  static const std::uint64_t first = RandomBits();
  static const std::uint64_t second = RandomBits();
  return {Hash64(text, first), Hash64(text, second)};
}

PreparedSpan PrepareSpan(const SpanRecord& record) {
  PreparedSpan prepared;
  prepared.content_hash = Hash64(record.raw, Hash64(record.resource, Hash64(record.scope, 0)));
  prepared.resource_hash = HashText(record.resource);
  prepared.scope_hash = HashText(record.scope);
  CutFinder finder(record.raw, prepared.cuts);
  otel::internal::WireReader reader(record.raw);
  otel::internal::WireField field;
  while (reader.Next(field)) {
    if (field.number != 9 || field.type != 2) continue;
    const otel::KeyValueView attribute = otel::internal::OpenKeyValue(field.bytes);
    if (attribute.value.kind != otel::AnyValueView::Kind::kString || !MayRepeat(attribute.key)) continue;
    finder.Value(attribute.key, attribute.value.bytes);
  }
  return prepared;
}

std::string EncodeSpanItem(const SpanRecord& record, const PreparedSpan& prepared, std::int64_t batch,
                           const PlaceText& place) {
  std::string item;
  AppendRef(item, batch, place(record.resource, prepared.resource_hash));
  AppendRef(item, batch, place(record.scope, prepared.scope_hash));
  std::size_t at = 0;
  for (const TextCut& cut : prepared.cuts) {
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
