#include "repartee/server/store/sqlite/contents.h"

#include "repartee/server/store/sqlite/span_texts.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

enum class TextKind : std::uint8_t {
  kEnd,
  kPlain,
  kEscaped,
  kPlainElsewhere,
  kEscapedElsewhere
};

constexpr std::size_t kMaxDocumentBytes = 256 << 10;  // of a span; what is beyond is not found

class ContentsReader {
 public:
  ContentsReader(std::string_view in, std::int64_t batch) : in_(in), batch_(batch) {}

  Result<BlockContents> Read() {
    BlockContents contents;
    const std::uint64_t spans = Number();
    for (std::uint64_t i = 0; i < spans && ok_; ++i) contents.spans.push_back(Span());
    const std::uint64_t replaced = Number();
    for (std::uint64_t i = 0; i < replaced && ok_; ++i) contents.replaced.push_back(Place());
    if (!ok_ || !in_.empty()) return Status::Malformed("contents of batch {} are damaged", batch_);
    return contents;
  }

 private:
  std::uint64_t Number() {
    const std::optional<std::uint64_t> number = ReadVarint(in_);
    ok_ = ok_ && number.has_value();
    return number.value_or(0);
  }

  StoredSpan Span() {
    StoredSpan span;
    key_ += FromZigzag(Number());
    span.key = key_;
    span.first_item = next_item_;
    const std::uint64_t brought = Number();
    ok_ = ok_ && brought <= 0xffffffff - next_item_;
    span.item = next_item_ + static_cast<std::uint32_t>(brought);
    next_item_ = span.item + 1;
    for (std::uint64_t kind = Number(); ok_ && kind != 0; kind = Number()) span.texts.push_back(Text(kind));
    return span;
  }

  StoredText Text(std::uint64_t kind) {
    StoredText text;
    text.is_escaped = kind % 2 == 0;
    if (kind >= static_cast<std::uint64_t>(TextKind::kPlainElsewhere)) {
      ok_ = ok_ && kind <= static_cast<std::uint64_t>(TextKind::kEscapedElsewhere);
      text.place = Place();
      return text;
    }
    const std::uint64_t size = Number();
    ok_ = ok_ && size <= in_.size();
    if (!ok_) return text;
    text.bytes = in_.substr(0, size);
    in_.remove_prefix(size);
    return text;
  }

  TextPlace Place() {
    const std::uint64_t back = Number();
    const std::uint64_t item = Number();
    ok_ = ok_ && back < static_cast<std::uint64_t>(batch_) && item <= 0xffffffff;
    return {batch_ - static_cast<std::int64_t>(back), static_cast<std::uint32_t>(item)};
  }

  std::string_view in_;
  std::int64_t batch_;
  std::int64_t key_ = 0;
  std::uint32_t next_item_ = 0;
  bool ok_ = true;
};

void AppendPlace(std::string& out, std::int64_t batch, const TextPlace& place) {
  AppendVarint(out, static_cast<std::uint64_t>(batch - place.batch));
  AppendVarint(out, place.item);
}

}  // namespace

void ContentsBuilder::CloseSpan() {
  if (span_count_ > 0) spans_ += static_cast<char>(TextKind::kEnd);
}

void ContentsBuilder::AddSpan(std::int64_t key, std::uint32_t item) {
  CloseSpan();
  AppendVarint(spans_, ToZigzag(key - last_key_));
  AppendVarint(spans_, item - last_item_);
  last_key_ = key;
  last_item_ = item + 1;
  ++span_count_;
}

void ContentsBuilder::AddText(std::string_view bytes, bool is_escaped) {
  spans_ += static_cast<char>(is_escaped ? TextKind::kEscaped : TextKind::kPlain);
  AppendVarint(spans_, bytes.size());
  spans_ += bytes;
}

void ContentsBuilder::AddText(std::int64_t batch, const TextPlace& place, bool is_escaped) {
  spans_ += static_cast<char>(is_escaped ? TextKind::kEscapedElsewhere : TextKind::kPlainElsewhere);
  AppendPlace(spans_, batch, place);
}

void ContentsBuilder::AddReplaced(std::int64_t batch, const TextPlace& place) {
  AppendPlace(replaced_, batch, place);
  ++replaced_count_;
}

std::string ContentsBuilder::Finish() {
  CloseSpan();
  std::string item;
  AppendVarint(item, span_count_);
  item += spans_;
  AppendVarint(item, replaced_count_);
  item += replaced_;
  *this = {};
  return item;
}

Result<BlockContents> ReadContents(std::string_view item, std::int64_t batch) {
  return ContentsReader(item, batch).Read();
}

Result<std::string> DocumentOf(const StoredSpan& span, const FetchText& fetch) {
  std::string document;
  for (const StoredText& text : span.texts) {
    std::string fetched;
    std::string_view bytes = text.bytes;
    if (text.place.batch > 0) {
      Result<std::string> elsewhere = fetch(text.place);
      if (!elsewhere.ok()) return std::move(elsewhere).status();
      fetched = *std::move(elsewhere);
      bytes = fetched;
    }
    if (!document.empty()) document += kTextBorder;
    if (text.is_escaped) {
      AppendUnescaped(document, bytes);
    } else {
      document += bytes;
    }
    if (document.size() > kMaxDocumentBytes) break;
  }
  return document;
}

}  // namespace repartee::server
