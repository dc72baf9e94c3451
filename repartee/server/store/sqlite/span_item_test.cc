#include "repartee/server/store/sqlite/span_item.h"

#include <gmock/gmock.h>

#include <map>

#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kBatch = 9;
constexpr std::int64_t kStart = 1'795'000'000'123'456'789;
const TraceId kTrace{0x0102030405060708, 0x1112131415161718};
constexpr char kSaid[] = "what the caller said, long enough to be cut out";

std::string LittleEndian(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i, value >>= 8) bytes += static_cast<char>(value & 0xff);
  return bytes;
}

std::string Field(int number, const std::string& bytes) {
  std::string out;
  AppendVarint(out, static_cast<std::uint64_t>(number << 3 | 2));
  AppendVarint(out, bytes.size());
  return out + bytes;
}

std::string Time(int number, std::int64_t ns) {
  return std::string(1, static_cast<char>(number << 3 | 1)) + LittleEndian(static_cast<std::uint64_t>(ns));
}

std::string Attribute(const std::string& key, const std::string& text) {
  return Field(9, Field(1, key) + Field(2, Field(1, text)));
}

// A span as an SDK sends it: id 0x21, parent 0x22, half a second long.
std::string Message() {
  return Field(1, kTrace.Bytes()) + Field(2, SpanIdBytes(0x21)) + Field(4, SpanIdBytes(0x22)) +
         Field(5, "stt") + std::string("\x30\x01", 2) + Time(7, kStart) + Time(8, kStart + 500'000'000) +
         Attribute("transcript", kSaid) + Attribute("language", "en");
}

class SpanItemTest : public ::testing::Test {
 protected:
  SpanRecord Record(const std::string& message) {
    raw_ = message;
    SpanRecord record;
    record.trace_id = kTrace;
    record.span_id = 0x21;
    record.parent_id = 0x22;
    record.facts.start_ns = kStart;
    record.facts.end_ns = kStart + 500'000'000;
    record.raw = raw_;
    record.resource = "the resource";
    record.scope = "the scope";
    return record;
  }

  std::string Encode(const SpanRecord& record) {
    return EncodeSpanItem(record, PrepareSpan(record), kBatch,
                          [this](std::string_view text, const TextHash&) -> TextPlace {
                            texts_[next_] = text;
                            return {kBatch - 3, next_++};
                          });
  }

  Result<SpanBody> Decode(std::string_view item, const SpanRecord& record) {
    const SpanHead head(record.trace_id, record.span_id, record.parent_id, record.facts.start_ns,
                        record.facts.end_ns);
    return DecodeSpanItem(item, kBatch, head, [this](const TextPlace& place) -> Result<std::string> {
      const auto text = texts_.find(place.item);
      if (text == texts_.end()) return Status::Malformed("no text {}", place.item);
      return text->second;
    });
  }

  std::string raw_;
  std::map<std::uint32_t, std::string> texts_;
  std::uint32_t next_ = 0;
};

TEST_F(SpanItemTest, ComesBackAsItWasSent) {
  const SpanRecord record = Record(Message());

  const Result<SpanBody> body = Decode(Encode(record), record);

  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->span, raw_);
  EXPECT_EQ(body->resource, "the resource");
  EXPECT_EQ(body->scope, "the scope");
}

TEST_F(SpanItemTest, LeavesOutWhatItsRowAndOtherItemsHave) {
  const SpanRecord record = Record(Message());

  const std::string item = Encode(record);

  for (const std::string& told : {kTrace.Bytes(), SpanIdBytes(0x21), SpanIdBytes(0x22), LittleEndian(kStart),
                                  LittleEndian(kStart + 500'000'000), std::string(kSaid)})
    EXPECT_THAT(item, Not(HasSubstr(told)));
}

TEST_F(SpanItemTest, KeepsWhatItsRowTellsOtherwise) {
  SpanRecord record = Record(Message());
  record.trace_id = {1, 2};
  record.span_id = 3;
  record.parent_id = 0;
  record.facts.start_ns = kStart + 1;
  record.facts.end_ns = 0;

  const Result<SpanBody> body = Decode(Encode(record), record);

  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->span, raw_);
}

TEST_F(SpanItemTest, FieldsMayComeInAnyOrderAndMoreThanOnce) {
  const SpanRecord record =
      Record(Attribute("transcript", kSaid) + Time(8, kStart + 500'000'000) + Field(99, "more") +
             Time(7, kStart) + Field(2, SpanIdBytes(0x21)) + Field(2, SpanIdBytes(0x21)) +
             Attribute("text", kSaid) + Field(1, kTrace.Bytes()));

  const std::string item = Encode(record);

  const Result<SpanBody> body = Decode(item, record);
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->span, raw_);
  EXPECT_THAT(item, Not(HasSubstr(SpanIdBytes(0x21))));
}

TEST_F(SpanItemTest, OneOfAnOlderFileIsRead) {
  const SpanRecord record = Record(Message());
  texts_ = {{4, "the resource"}, {5, "the scope"}, {6, kSaid}};
  const std::size_t cut = raw_.find(kSaid);
  std::string item("\x04\x04\x01\x05", 4);  // three batches back, and the same one
  AppendVarint(item, cut);
  item += raw_.substr(0, cut) + std::string("\x01\x06", 2);
  const std::string rest = raw_.substr(cut + std::string_view(kSaid).size());
  AppendVarint(item, rest.size());
  item += rest + std::string(1, '\0');

  const Result<SpanBody> body = Decode(item, record);

  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->span, raw_);
  EXPECT_EQ(body->resource, "the resource");
}

TEST_F(SpanItemTest, DamagedOnesAreNamedAndNeverReadBeyondTheirEnd) {
  const SpanRecord record = Record(Message());
  const std::string item = Encode(record);
  for (std::size_t size = 0; size < item.size(); ++size)
    EXPECT_FALSE(Decode(item.substr(0, size), record).ok()) << size;
  for (std::size_t i = 0; i < item.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = item;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const Result<SpanBody> body = Decode(flipped, record);
      EXPECT_TRUE(!body.ok() || body->span.size() < 10 * raw_.size()) << i;
    }
  }
}

}  // namespace
}  // namespace repartee::server
