// Day files of the first versions: what they lack is added behind everything else.
#include <gmock/gmock.h>
#include <zstd.h>

#include <filesystem>
#include <map>
#include <span>

#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/schema.h"
#include "repartee/server/store/sqlite/text_file.h"
#include "repartee/server/store/sqlite/varint.h"
#include "repartee/server/testing/store_kit.h"

namespace repartee::server::testing {
namespace {

constexpr int kToday = 20261122;
constexpr int kCalls = 6;

void AppendNumber(std::string& out, std::size_t value) {
  const auto number = static_cast<std::uint32_t>(value);
  out.append(reinterpret_cast<const char*>(&number), 4);
}

// As it was before version 5: every item by its end, in the order in which it came.
std::string OldBlock(const std::vector<std::string>& items, std::size_t& raw_bytes) {
  std::string raw;
  std::string data;
  AppendNumber(raw, items.size());
  for (const std::string& item : items) {
    data += item;
    AppendNumber(raw, data.size());
  }
  raw += data;
  raw_bytes = raw.size();
  std::string bytes(ZSTD_compressBound(raw.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), raw.data(), raw.size(), 1));
  return bytes;
}

// Rewrites a day file as an earlier version of this program would have written it.
class Downgrade {
 public:
  Downgrade(Database& from, Database& to, int version) : from_(from), to_(to), version_(version) {}

  void Run() {
    ASSERT_TRUE(to_.Migrate(std::span(kDayVersions).first(static_cast<std::size_t>(version_))).ok());
    const std::string attach = "ATTACH '" + from_.path() + "' AS now;";
    const Status copied =
        to_.Execute(attach +
                    "INSERT INTO trace SELECT * FROM now.trace; INSERT INTO turn SELECT * FROM now.turn;"
                    "INSERT INTO dict SELECT * FROM now.dict; INSERT INTO meta SELECT * FROM now.meta WHERE "
                    "name='rows_upto';"
                    "INSERT INTO span SELECT "
                    "tkey,span_id,parent,start,duration,name,type,level,stage,flags,model,provider,"
                    "turn_number,ttfb,ub_latency,cost,input_tokens,output_tokens,total_tokens,hash,batch,"
                    "item FROM now.span;");
    ASSERT_TRUE(copied.ok()) << copied;
    Result<std::unique_ptr<SpanBodyReader>> bodies = SpanBodyReader::Create(from_, 1 << 20);
    ASSERT_TRUE(bodies.ok());
    bodies_ = *std::move(bodies);
    Result<Statement> all =
        from_.Prepare("SELECT number,raw_bytes,tkeys,span_filter,block,contents FROM batch");
    ASSERT_TRUE(all.ok());
    while (*all->Step()) CopyBatch(*all);
  }

 private:
  void CopyBatch(const Statement& row) {
    const std::int64_t batch = row.Integer(0);
    const Result<Block> block = Block::Open(row.Blob(4), static_cast<std::size_t>(row.Integer(1)));
    ASSERT_TRUE(block.ok()) << block.status();
    const auto contents = static_cast<std::size_t>(row.Integer(5));
    const std::map<std::int64_t, std::pair<std::int64_t, SpanRow>> spans = SpansOf(batch);
    std::vector<std::string> items;
    for (std::size_t i = 0; i < block->items(); ++i) {
      const auto span = spans.find(static_cast<std::int64_t>(i));
      if (span != spans.end()) {
        items.push_back(OldItem(*block->Item(i), span->second.first, span->second.second));
      } else if (i != contents || version_ >= 2) {
        items.emplace_back(*block->Item(i));
      }
    }
    std::size_t raw_bytes = 0;
    const std::string bytes = OldBlock(items, raw_bytes);
    Result<Statement> insert = to_.Prepare(
        version_ >= 2
            ? "INSERT INTO batch(number,raw_bytes,tkeys,span_filter,block,contents) VALUES(?,?,?,?,?,?)"
            : "INSERT INTO batch(number,raw_bytes,tkeys,span_filter,block) VALUES(?,?,?,?,?)");
    ASSERT_TRUE(insert.ok());
    insert->Bind(1, batch);
    insert->Bind(2, static_cast<std::int64_t>(raw_bytes));
    insert->BindBlob(3, row.Blob(2));
    insert->BindBlob(4, row.Blob(3));
    insert->BindBlob(5, bytes);
    if (version_ >= 2) insert->Bind(6, static_cast<std::int64_t>(contents));
    ASSERT_TRUE(insert->Run().ok());
  }

  // By item: the trace's key, and the row.
  std::map<std::int64_t, std::pair<std::int64_t, SpanRow>> SpansOf(std::int64_t batch) {
    std::map<std::int64_t, std::pair<std::int64_t, SpanRow>> spans;
    Result<Statement> select =
        from_.Prepare(std::string("SELECT ") + kSpanColumns + ",tkey FROM span WHERE batch=?");
    EXPECT_TRUE(select.ok());
    select->Bind(1, batch);
    while (*select->Step()) {
      const SpanRow row = ReadSpanRow(*select);
      spans[row.item] = {select->Integer(kSpanColumnCount), row};
    }
    return spans;
  }

  // The whole message in line, behind references to resource and scope.
  std::string OldItem(std::string_view item, std::int64_t key, const SpanRow& row) {
    const Result<SpanBody> body = bodies_->Read(key, row);
    EXPECT_TRUE(body.ok()) << body.status();
    std::string old;
    item.remove_prefix(1);
    for (int i = 0; i < 2; ++i) {
      AppendVarint(old, *ReadVarint(item) - kHeadFields);
      AppendVarint(old, *ReadVarint(item));
    }
    AppendVarint(old, body->span.size());
    return old + body->span + std::string(1, '\0');
  }

  Database& from_;
  Database& to_;
  const int version_;
  std::unique_ptr<SpanBodyReader> bodies_;
};

class OldDayTest : public StoreTest, public ::testing::WithParamInterface<int> {
 protected:
  // A stopped store whose day file is of that version, without an index of words.
  void MakeOld(int version) {
    for (std::uint64_t i = 1; i <= kCalls; ++i) ASSERT_TRUE(Append(Call(i, kNoon - i * kSecond)).ok());
    store_.reset();
    const std::string path = DayPath(folder_.path(), kToday);
    {
      Result<std::unique_ptr<Database>> from = Database::Open(path, {});
      Result<std::unique_ptr<Database>> to = Database::Open(path + ".old", {});
      ASSERT_TRUE(from.ok() && to.ok());
      Downgrade(**from, **to, version).Run();
    }
    std::filesystem::rename(path + ".old", path);
    std::filesystem::remove(TextPath(folder_.path(), kToday));
  }

  // The writer does a step behind each job, if nobody waits.
  void Step(int times) {
    for (int i = 0; i < times; ++i) {
      auto done = std::make_shared<std::promise<void>>();
      ASSERT_TRUE(
          store_->DeleteTraces(kProject, {"none"}, [done](const Status&) { done->set_value(); }).ok());
      done->get_future().wait();
    }
  }

  std::size_t Found(const std::string& search) {
    ConversationQuery query;
    query.project = kProject;
    query.search = search;
    return Read([query](StoreReader& reader) { return reader.ListConversations(query); })->rows.size();
  }

  // Of a resolution: how many spans of each stage the roll-ups count.
  std::map<Stage, std::int64_t> Counted(Resolution resolution) {
    std::map<Stage, std::int64_t> counts;
    RollupQuery query;
    query.project = kProject;
    query.ranges = {{resolution, 0, INT64_MAX}};
    const Status status = Read([&counts, query](StoreReader& reader) {
      return reader.ReadRollups(query, [&counts](const Series& series, std::int64_t, const Rollup& rollup) {
        counts[series.stage] += rollup.count;
      });
    });
    EXPECT_TRUE(status.ok()) << status;
    return counts;
  }

  void ExpectComplete() {
    const std::map<Stage, std::int64_t> each = {
        {Stage::kConversation, kCalls}, {Stage::kTurn, kCalls}, {Stage::kStt, kCalls}};
    for (const Resolution resolution : {Resolution::kMinute, Resolution::kHour, Resolution::kDay})
      EXPECT_EQ(Counted(resolution), each) << static_cast<int>(resolution);
    EXPECT_EQ(Found("capital "), static_cast<std::size_t>(kCalls));
    for (const TraceRow& row : List()) EXPECT_EQ(Spans(row).size(), 3u);
  }
};

TEST_P(OldDayTest, GetsItsWordsAndRollUpsBehindEverythingElse) {
  MakeOld(GetParam());
  Open();

  Step(kCalls + 3);
  Open();

  ExpectComplete();
}

TEST_P(OldDayTest, GoesOnWhereAStopLeftItAndCountsNothingTwice) {
  MakeOld(GetParam());
  for (int i = 0; i < kCalls; ++i) {
    Open();
    Step(1);
  }
  Step(3);
  Open();
  Step(3);
  Open();

  ExpectComplete();
}

TEST_P(OldDayTest, SpansThatComeMeanwhileAreCountedOnce) {
  MakeOld(GetParam());
  Open();
  ASSERT_EQ(Append(Call(1, kNoon - kSecond))->unchanged, 3u);
  std::vector<TestSpan> changed = Call(2, kNoon - 2 * kSecond);
  changed[0].end_ns += kSecond;
  ASSERT_EQ(Append({changed[0]})->replaced, 1u);

  Step(kCalls + 4);
  Open();

  ExpectComplete();
}

INSTANTIATE_TEST_SUITE_P(Versions, OldDayTest, ::testing::Values(1, 2));

}  // namespace
}  // namespace repartee::server::testing
