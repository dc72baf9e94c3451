#include "repartee/server/store/sqlite/block.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <cstring>

namespace repartee::server {
namespace {

std::string Compressed(const std::string& raw) {
  std::string bytes(ZSTD_compressBound(raw.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), raw.data(), raw.size(), 1));
  return bytes;
}

void AppendNumber(std::string& out, std::uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), 4);
}

// As day files up to version 4 have it.
std::string OldBlock(const std::vector<std::string>& items) {
  std::string raw;
  std::string data;
  AppendNumber(raw, static_cast<std::uint32_t>(items.size()));
  for (const std::string& item : items) {
    data += item;
    AppendNumber(raw, static_cast<std::uint32_t>(data.size()));
  }
  return raw + data;
}

std::string Unpacked(const std::string& compressed, std::size_t raw_bytes) {
  std::string raw(raw_bytes, '\0');
  EXPECT_EQ(ZSTD_decompress(raw.data(), raw.size(), compressed.data(), compressed.size()), raw_bytes);
  return raw;
}

// Every item of what can be opened is looked at.
void OpenAndRead(const std::string& raw) {
  const Result<Block> block = Block::Open(Compressed(raw), raw.size());
  for (std::size_t i = 0; block.ok() && i < block->items(); ++i) EXPECT_TRUE(block->Item(i).ok());
}

TEST(Block, ItemsKeepTheirNumbersThoughTextsAndSpansLieApart) {
  BlockBuilder builder;
  EXPECT_EQ(builder.AddText("resource"), 0u);
  EXPECT_EQ(builder.AddSpan("first span"), 1u);
  EXPECT_EQ(builder.AddText(""), 2u);
  EXPECT_EQ(builder.AddText(std::string(300, 'x')), 3u);
  EXPECT_EQ(builder.AddSpan("second span"), 4u);
  std::size_t raw_bytes = 0;
  const std::string bytes = builder.Finish(raw_bytes);
  EXPECT_EQ(builder.items(), 0u);

  const Result<Block> block = Block::Open(bytes, raw_bytes);

  ASSERT_TRUE(block.ok()) << block.status();
  ASSERT_EQ(block->items(), 5u);
  EXPECT_EQ(*block->Item(0), "resource");
  EXPECT_EQ(*block->Item(1), "first span");
  EXPECT_EQ(*block->Item(2), "");
  EXPECT_EQ(*block->Item(3), std::string(300, 'x'));
  EXPECT_EQ(*block->Item(4), "second span");
  EXPECT_FALSE(block->Item(5).ok());
}

TEST(Block, OneOfAnOlderFileIsRead) {
  const std::string raw = OldBlock({"resource", "", "span"});

  const Result<Block> block = Block::Open(Compressed(raw), raw.size());

  ASSERT_TRUE(block.ok()) << block.status();
  ASSERT_EQ(block->items(), 3u);
  EXPECT_EQ(*block->Item(0), "resource");
  EXPECT_EQ(*block->Item(1), "");
  EXPECT_EQ(*block->Item(2), "span");
}

TEST(Block, DamagedOnesAreNamedAndNeverReadBeyondTheirEnd) {
  BlockBuilder builder;
  builder.AddText("some text");
  builder.AddSpan("some span");
  std::size_t raw_bytes = 0;
  const std::string bytes = builder.Finish(raw_bytes);
  EXPECT_FALSE(Block::Open(bytes, raw_bytes + 1).ok());
  EXPECT_FALSE(Block::Open(bytes.substr(1), raw_bytes).ok());
  for (const std::string& raw : {Unpacked(bytes, raw_bytes), OldBlock({"some text", "some span"})}) {
    for (std::size_t size = 4; size < raw.size(); ++size) {
      const std::string cut = raw.substr(0, size);
      EXPECT_FALSE(Block::Open(Compressed(cut), size).ok()) << size;
    }
    for (std::size_t i = 0; i < raw.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = raw;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
        OpenAndRead(flipped);
      }
    }
  }
}

}  // namespace
}  // namespace repartee::server
