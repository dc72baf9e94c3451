#include "repartee/server/store/sqlite/block.h"

#include <zstd.h>

#include <bit>
#include <cstring>
#include <memory>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

static_assert(std::endian::native == std::endian::little,
              "blocks are written as the machine has its numbers");

constexpr int kCompression = 1;  // level 3 costs 8 % more CPU for 2 % fewer bytes
constexpr std::size_t kMaxRawBytes = 2 * kMaxInflatedBytes;
constexpr std::string_view kGrouped = "\xff\xff\xff\xff";  // more items than any block has

std::uint32_t ReadNumber(std::string_view from, std::size_t index) {
  std::uint32_t value = 0;
  std::memcpy(&value, from.data() + index * 4, 4);
  return value;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// One frame. Texts end a part of it: spans have other bytes, so they get codes of their own.
std::string Compress(std::string_view texts, std::string_view spans) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  std::string compressed(ZSTD_compressBound(texts.size()) + ZSTD_compressBound(spans.size()), '\0');
  ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_only);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompression);
  ZSTD_CCtx_setPledgedSrcSize(context.get(), texts.size() + spans.size());
  ZSTD_outBuffer out{compressed.data(), compressed.size(), 0};
  ZSTD_inBuffer first{texts.data(), texts.size(), 0};
  ZSTD_inBuffer second{spans.data(), spans.size(), 0};
  // The output has room for the worst case, so only a failed allocation could be an error.
  const bool is_whole = ZSTD_compressStream2(context.get(), &out, &first, ZSTD_e_flush) == 0 &&
                        ZSTD_compressStream2(context.get(), &out, &second, ZSTD_e_end) == 0;
  compressed.resize(is_whole ? out.pos : 0);
  return compressed;
}

}  // namespace

std::uint32_t BlockBuilder::AddText(std::string_view text) {
  texts_.append(text);
  AppendVarint(sizes_, text.size() * 2);
  return count_++;
}

std::uint32_t BlockBuilder::AddSpan(std::string_view item) {
  spans_.append(item);
  AppendVarint(sizes_, item.size() * 2 + 1);
  return count_++;
}

std::string BlockBuilder::Finish(std::size_t& raw_bytes) {
  std::string head(kGrouped);
  AppendVarint(head, count_);
  head += sizes_;
  raw_bytes = head.size() + texts_.size() + spans_.size();
  std::string compressed = Compress(head + texts_, spans_);
  *this = {};
  return compressed;
}

Result<Block> Block::Open(std::string_view compressed, std::size_t raw_bytes) {
  if (raw_bytes < 4 || raw_bytes > kMaxRawBytes) return Status::Malformed("block of {} bytes", raw_bytes);
  Block block;
  block.raw_.resize(raw_bytes);
  const std::size_t size =
      ZSTD_decompress(block.raw_.data(), raw_bytes, compressed.data(), compressed.size());
  if (ZSTD_isError(size)) return Status::Malformed("block: {}", ZSTD_getErrorName(size));
  if (size != raw_bytes) return Status::Malformed("block has {} bytes instead of {}", size, raw_bytes);
  const bool is_grouped = block.raw_.starts_with(kGrouped);
  Status status = is_grouped ? block.ReadSizes() : block.ReadEnds(ReadNumber(block.raw_, 0));
  if (!status.ok()) return status;
  return block;
}

Status Block::ReadSizes() {
  std::string_view in = std::string_view(raw_).substr(kGrouped.size());
  const std::optional<std::uint64_t> count = ReadVarint(in);
  if (!count || *count > in.size()) return Status::Malformed("block names no items, or too many");
  items_.reserve(*count);
  std::vector<bool> is_span;
  is_span.reserve(*count);
  std::uint64_t texts = 0;
  std::uint64_t spans = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const std::optional<std::uint64_t> size = ReadVarint(in);
    if (!size || *size / 2 > raw_.size()) return Status::Malformed("item {} lies outside its block", i);
    is_span.push_back(*size % 2 == 1);
    std::uint64_t& at = is_span.back() ? spans : texts;
    items_.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(*size / 2)});
    at += *size / 2;
  }
  if (texts + spans != in.size())
    return Status::Malformed("items of {} bytes in a block of {}", texts + spans, raw_.size());
  const std::size_t first = raw_.size() - in.size();
  for (std::size_t i = 0; i < items_.size(); ++i)
    items_[i].begin += static_cast<std::uint32_t>(first + (is_span[i] ? texts : 0));
  return OkStatus();
}

Status Block::ReadEnds(std::size_t count) {
  if (count > (raw_.size() - 4) / 4) return Status::Malformed("block names {} items", count);
  const std::size_t first = 4 + count * 4;
  std::size_t begin = 0;
  items_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = ReadNumber(raw_, i + 1);
    if (begin > end || end > raw_.size() - first)
      return Status::Malformed("item {} lies outside its block", i);
    items_.push_back({static_cast<std::uint32_t>(first + begin), static_cast<std::uint32_t>(end - begin)});
    begin = end;
  }
  return OkStatus();
}

Result<std::string_view> Block::Item(std::size_t number) const {
  if (number >= items_.size()) return Status::Malformed("no item {} in a block of {}", number, items_.size());
  return std::string_view(raw_).substr(items_[number].begin, items_[number].size);
}

}  // namespace repartee::server
