// Deletion: hidden at once and in all places, then gone from the disk; what retention
// keeps; damaged days; and a backup that can be served.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/backup.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/text_file.h"
#include "repartee/server/testing/store_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DeletionTest : public StoreTest {
 protected:
  Status Delete(const std::vector<std::string>& ids, ProjectKey project = kProject) {
    auto promise = std::make_shared<std::promise<Status>>();
    std::future<Status> answer = promise->get_future();
    const Status taken = store_->DeleteTraces(
        project, ids, [promise](Status status) { promise->set_value(std::move(status)); });
    return taken.ok() ? answer.get() : taken;
  }

  static std::string IdOf(std::uint64_t number) { return TraceId::FromBytes(TraceIdOf(number))->Hex(); }

  std::vector<std::string> Sessions() {
    std::vector<std::string> sessions;
    for (const TraceRow& row : List()) sessions.push_back(row.session_id.value_or(""));
    return sessions;
  }

  std::size_t Found(const std::string& search) {
    ConversationQuery query;
    query.project = kProject;
    query.search = search;
    return Read([query](StoreReader& reader) { return reader.ListConversations(query); })->rows.size();
  }

  std::int64_t TurnsCounted() {
    std::int64_t turns = 0;
    RollupQuery query;
    query.project = kProject;
    query.ranges = {{Resolution::kDay, 0, INT64_MAX}};
    const Status status = Read([&turns, query](StoreReader& reader) {
      return reader.ReadRollups(query, [&turns](const Series& series, std::int64_t, const Rollup& rollup) {
        if (series.stage == Stage::kTurn) turns += rollup.count;
      });
    });
    EXPECT_TRUE(status.ok()) << status;
    return turns;
  }

  // What anybody with the disk could read, blocks unpacked.
  std::string EverythingOn(int day) {
    std::string all;
    for (const std::string& path : {DayPath(folder_.path(), day), TextPath(folder_.path(), day)}) {
      for (const char* part : {"", "-wal"}) {
        if (std::filesystem::exists(path + part)) all += ReadFile(path + part);
      }
    }
    Result<std::unique_ptr<Database>> file =
        Database::Open(DayPath(folder_.path(), day), {.read_only = true, .create = false});
    EXPECT_TRUE(file.ok()) << file.status();
    Result<Statement> blocks = (*file)->Prepare("SELECT block,raw_bytes FROM batch");
    while (*blocks->Step()) {
      const Result<Block> block = Block::Open(blocks->Blob(0), static_cast<std::size_t>(blocks->Integer(1)));
      EXPECT_TRUE(block.ok()) << block.status();
      for (std::size_t i = 0; i < block->items(); ++i) all += *block->Item(i);
    }
    return all;
  }

  static constexpr int kToday = 20261122;
};

TEST_F(DeletionTest, ADeletedTraceIsHiddenAtOnceEverywhere) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Append(Call(i, kNoon - i * kSecond)).ok());
  ASSERT_EQ(TurnsCounted(), 3);

  ASSERT_TRUE(Delete({IdOf(2), "no such trace"}).ok());

  EXPECT_THAT(Sessions(), ElementsAre("call-1", "call-3"));
  EXPECT_EQ(total_, 2u);
  EXPECT_EQ(TurnsCounted(), 2);
  EXPECT_EQ(Found("capital"), 2u);
  EXPECT_FALSE(Read([](StoreReader& reader) {
                 return reader.FindTrace(kProject, *TraceId::FromBytes(TraceIdOf(2)));
               })->has_value());
  EXPECT_FALSE(Read([](StoreReader& reader) { return reader.FindSpan(kProject, 23); })->has_value());
}

TEST_F(DeletionTest, ADeletedTraceIsGoneAfterARestartAndFromTheIndex) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Append(Call(i, kNoon - i * kSecond)).ok());
  Open();
  ASSERT_TRUE(Delete({IdOf(2)}).ok());
  Open();

  EXPECT_THAT(Sessions(), ElementsAre("call-1", "call-3"));
  EXPECT_EQ(Found("capital"), 2u);
  EXPECT_EQ(TurnsCounted(), 2);
}

TEST_F(DeletionTest, NothingThatWasSaidIsLeftOnTheDisk) {
  std::vector<TestSpan> call = Call(1);
  call[0].texts[1].second = "my secret number is forty-two thousand and seven hundred";
  ASSERT_TRUE(Append({call[0], Call(2)[0]}).ok());
  call[0].end_ns += 1;
  ASSERT_TRUE(Append({call[0], call[1], call[2]}).ok());
  ASSERT_TRUE(Append(Call(2)).ok());
  Open();
  ASSERT_THAT(EverythingOn(kToday), HasSubstr("secret number"));

  ASSERT_TRUE(Delete({IdOf(1)}).ok());
  store_.reset();

  EXPECT_THAT(EverythingOn(kToday), ::testing::Not(HasSubstr("secret number")));
  Open();
  EXPECT_EQ(Found("capital"), 1u);
  const TraceRow kept = List()[0];
  for (const SpanRow& span : Spans(kept)) {
    EXPECT_TRUE(
        Read([place = kept.place, span](StoreReader& reader) { return reader.Body(place, span); }).ok());
  }
}

TEST_F(DeletionTest, ATraceThatComesAgainIsANewOne) {
  ASSERT_TRUE(Append(Call(1)).ok());
  ASSERT_TRUE(Delete({IdOf(1)}).ok());
  Open();

  const Result<AppendOutcome> again = Append(Call(1));

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->added, 3u);
  Open();
  EXPECT_EQ(List().size(), 1u);
  EXPECT_EQ(Found("capital"), 1u);
  EXPECT_EQ(TurnsCounted(), 1);
}

TEST_F(DeletionTest, OneProjectCannotDeleteAnothersTraces) {
  ASSERT_TRUE(Append(Call(1)).ok());

  ASSERT_TRUE(Delete({IdOf(1)}, kProject + 1).ok());

  EXPECT_EQ(List().size(), 1u);
}

TEST_F(DeletionTest, ADayThatNobodyKeepsIsDeletedAsAFile) {
  for (std::uint64_t i = 0; i < 5; ++i)
    ASSERT_TRUE(Append(Call(i + 1, kNoon - i * static_cast<std::uint64_t>(kDay))).ok());
  Open();
  const Result<FreedRoom> room =
      Read([](StoreReader& reader) { return reader.RoomBefore(kProject, 20261121); });
  ASSERT_TRUE(room.ok()) << room.status();
  EXPECT_EQ(room->traces, 3);
  EXPECT_GT(room->bytes, 10'000);

  ASSERT_TRUE(store_->Retain({{kProject, 20261121}}).ok());
  ASSERT_TRUE(Delete({}).ok());  // behind it in the queue

  EXPECT_THAT(Sessions(), ElementsAre("call-1", "call-2"));
  EXPECT_FALSE(std::filesystem::exists(DayPath(folder_.path(), 20261120)));
  EXPECT_FALSE(Read([](StoreReader& reader) {
                 return reader.FindTrace(kProject, *TraceId::FromBytes(TraceIdOf(4)));
               })->has_value());
  Open();
  EXPECT_THAT(Sessions(), ElementsAre("call-1", "call-2"));
}

// More days than a reader keeps open, and what deletes the days before `first_day` when a list comes to the
// trace of that session.
class RetentionMeanwhileTest : public DeletionTest {
 protected:
  void SetUp() override {
    for (std::uint64_t i = 0; i < kMaxOpenDays + 2; ++i)
      ASSERT_TRUE(Append(Call(i + 1, kNoon - i * static_cast<std::uint64_t>(kDay))).ok());
  }
  void Retain(int first_day) {
    EXPECT_TRUE(store_->Retain({{kProject, first_day}}).ok());
    EXPECT_TRUE(Delete({}).ok());  // behind it in the queue
  }
  std::vector<std::string> SessionsWhileRetaining(int first_day, const std::string& at_session) {
    TraceQuery query;
    query.accept = [this, first_day, at_session](const TraceRow& row) -> Result<bool> {
      if (row.session_id == at_session) Retain(first_day);
      return true;
    };
    std::vector<std::string> sessions;
    for (const TraceRow& row : List(query)) sessions.push_back(row.session_id.value_or(""));
    return sessions;
  }
};

TEST_F(RetentionMeanwhileTest, AListPassesOverDaysThatAreDeletedBeforeItComesToThem) {
  const std::vector<std::string> sessions = SessionsWhileRetaining(kToday, "call-1");

  EXPECT_THAT(sessions, ::testing::Contains("call-1"));
  EXPECT_THAT(sessions, ::testing::Not(::testing::Contains("call-2")));
  EXPECT_THAT(Sessions(), ElementsAre("call-1"));
}

TEST_F(RetentionMeanwhileTest, AListLeavesOutRowsWhoseDayIsDeletedBeforeTheyAreRead) {
  const std::string last = "call-" + std::to_string(kMaxOpenDays + 2);

  const std::vector<std::string> sessions = SessionsWhileRetaining(kToday + 1, last);

  EXPECT_THAT(sessions, ::testing::Contains(last));
  EXPECT_THAT(sessions, ::testing::Not(::testing::Contains("call-1")));
  EXPECT_THAT(Sessions(), IsEmpty());
}

TEST_F(RetentionMeanwhileTest, ATraceThatWasFoundBeforeItsDayIsDeletedIsThereNoMore) {
  const TraceRow found = List().back();

  Retain(kToday);

  const Result<std::vector<SpanRow>> spans =
      Read([place = found.place](StoreReader& reader) { return reader.Spans(place); });
  EXPECT_EQ(spans.status().code(), StatusCode::kNotFound) << spans.status();
}

TEST_F(DeletionTest, ADayThatAnotherProjectKeepsLosesThePastOnesTracesAlone) {
  const std::uint64_t past = kNoon - 3 * static_cast<std::uint64_t>(kDay);
  for (std::uint64_t i = 1; i <= 600; ++i) ASSERT_TRUE(Append(Call(i, past)).ok());
  ASSERT_TRUE(Append(Call(1, past), kProject + 1).ok());

  ASSERT_TRUE(store_->Retain({{kProject, 20261121}, {kProject + 1, 20260101}}).ok());
  // The steps follow each other in the queue.
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Delete({}).ok());

  EXPECT_THAT(Sessions(), IsEmpty());
  EXPECT_TRUE(Read([](StoreReader& reader) {
                return reader.FindTrace(kProject + 1, *TraceId::FromBytes(TraceIdOf(1)));
              })->has_value());
}

TEST_F(DeletionTest, ADamagedDayIsNamedAndTheOthersGoOn) {
  ASSERT_TRUE(Append(Call(1)).ok());
  ASSERT_TRUE(Append(Call(2, kNoon - static_cast<std::uint64_t>(kDay))).ok());
  store_.reset();
  const std::string path = DayPath(folder_.path(), kToday);
  for (const char* part : {"-wal", "-shm"}) std::filesystem::remove(path + part);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << std::string(40'000, 'x');
  Open();

  EXPECT_THAT(Sessions(), ElementsAre("call-2"));
  EXPECT_THAT(store_->stats().damaged_days, ElementsAre(kToday));
  EXPECT_FALSE(Read([](StoreReader& reader) { return reader.FindSpan(kProject, 13); })->has_value());

  // A new file begins; the damaged one is there for who may mend it.
  ASSERT_TRUE(Append(Call(3)).ok());
  EXPECT_THAT(Sessions(), ElementsAre("call-3", "call-2"));
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged"));
}

// A table or index of the day whose first page is garbage, though the file opens.
class DamagedWithinTest : public DeletionTest, public ::testing::WithParamInterface<const char*> {
 protected:
  static constexpr std::int64_t kPageBytes = 8'192;

  void Damage(const std::string& what) {
    store_.reset();
    const std::string path = DayPath(folder_.path(), kToday);
    std::int64_t page = 0;
    {
      Result<std::unique_ptr<Database>> day = Database::Open(path, {.read_only = true, .create = false});
      ASSERT_TRUE(day.ok()) << day.status();
      page = *(*day)->QueryInteger("SELECT rootpage FROM sqlite_schema WHERE name='" + what + "'", 0);
    }
    ASSERT_GT(page, 1);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp((page - 1) * kPageBytes);
    file << std::string(static_cast<std::size_t>(kPageBytes), 'x');
    file.close();
    Open();
  }
};

TEST_P(DamagedWithinTest, IsNamedAndTheOthersGoOn) {
  ASSERT_TRUE(Append(Call(1)).ok());
  ASSERT_TRUE(Append(Call(2, kNoon - static_cast<std::uint64_t>(kDay))).ok());
  Damage(GetParam());

  EXPECT_THAT(Sessions(), ::testing::Contains("call-2"));
  EXPECT_GT(TurnsCounted(), 0);

  // Whoever finds the fault is told to come again; a new file begins.
  Result<AppendOutcome> taken = Append(Call(3));
  if (!taken.ok()) taken = Append(Call(3));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(store_->stats().damaged_days, ElementsAre(kToday));
  EXPECT_TRUE(store_->Health().ok()) << store_->Health();
  EXPECT_THAT(Sessions(), ElementsAre("call-3", "call-2"));
  EXPECT_TRUE(std::filesystem::exists(DayPath(folder_.path(), kToday) + ".damaged"));
}

INSTANTIATE_TEST_SUITE_P(Tables, DamagedWithinTest,
                         ::testing::Values("trace", "trace_by_start", "trace_count", "span", "turn", "batch",
                                           "rollup"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_F(DeletionTest, IsNotDoneWhileItsScoresStay) {
  ASSERT_TRUE(Append(Call(1)).ok());
  {
    Result<std::unique_ptr<Database>> scores = Database::Open(folder_.path() + "/scores.db", {});
    ASSERT_TRUE(scores.ok()) << scores.status();
    ASSERT_TRUE((*scores)->Execute("DROP TABLE score").ok());
  }

  EXPECT_FALSE(Delete({IdOf(1)}).ok());
}

TEST_F(DeletionTest, MoreTracesThanScoresMayWaitGoAtOnce) {
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 2 * kMaxQueuedScores; ++i) ids.push_back(IdOf(i + 1));

  EXPECT_TRUE(Delete(ids).ok());
}

TEST_F(DeletionTest, ABackupTakenMeanwhileCanBeServed) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Append(Call(i, kNoon - i * 40'000 * kSecond)).ok());
  std::ofstream(folder_.path() + "/meta.db").close();
  std::filesystem::create_directories(folder_.path() + "/media/7");
  std::ofstream(folder_.path() + "/media/7/sound") << "bytes";
  std::ofstream(folder_.path() + "/media/7/coming.part") << "by";
  // Listed, and not there any more when it is opened.
  std::filesystem::create_symlink("gone", folder_.path() + "/media/7/deleted");
  TempFolder elsewhere;
  const std::string copy = elsewhere.path() + "/copy";
  std::vector<std::string> files;

  const Result<BackupReport> report =
      BackUp(folder_.path(), copy, [&files](const std::string& file) { files.push_back(file); });
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_TRUE(Append(Call(4)).ok());

  EXPECT_EQ(ReadFile(copy + "/media/7/sound"), "bytes");
  EXPECT_FALSE(std::filesystem::exists(copy + "/media/7/coming.part"));
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(copy + "/media/7/deleted")));
  EXPECT_GT(report->bytes, 0);
  EXPECT_EQ(BackUp(folder_.path(), copy, [](const std::string&) {}).status().code(),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(BackUp(elsewhere.path(), copy + "2", [](const std::string&) {}).status().code(),
            StatusCode::kNotFound);
  Result<std::unique_ptr<Store>> store = OpenSqliteStore(OptionsFor(copy));
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
  EXPECT_THAT(Sessions(), ElementsAre("call-1", "call-2", "call-3"));
  EXPECT_EQ(Append(Call(1, kNoon - 40'000 * kSecond))->unchanged, 3u);
  store_.reset();
}

}  // namespace
}  // namespace repartee::server::testing
