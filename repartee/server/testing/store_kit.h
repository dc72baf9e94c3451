// StoreTest: a store in a folder of its own, at a standstill of time, and the calls
// that tests fill it with.
//
// Thread: the test's.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "repartee/server/testing/server_kit.h"
#include "repartee/server/testing/store_backend.h"

namespace repartee::server::testing {

inline constexpr std::uint64_t kSecond = 1'000'000'000;
inline constexpr std::uint64_t kNoon = 1'795'348'800 * kSecond;  // 2026-11-22T12:00:00Z
inline constexpr std::int64_t kDay = 86'400LL * 1'000'000'000LL;

class StoreTest : public ::testing::Test {
 protected:
  static constexpr ProjectKey kProject = 7;

  // Null: the embedded store.
  explicit StoreTest(std::unique_ptr<StoreBackend> backend = nullptr)
      : clock_(Nanos(static_cast<std::int64_t>(kNoon))), backend_(std::move(backend)) {
    Open();
  }

  // Stops the store, if there is one, and opens it anew: as after a clean restart.
  void Open();
  SqliteStoreOptions OptionsFor(const std::string& folder) const;
  Result<AppendOutcome> Append(const std::vector<TestSpan>& spans, ProjectKey project = kProject);

  // What `job` answers on a reader's thread.
  template <class Job>
  auto Read(Job job) {
    using Answer = decltype(job(std::declval<StoreReader&>()));
    auto answer = std::make_shared<std::promise<Answer>>();
    std::future<Answer> future = answer->get_future();
    EXPECT_TRUE(store_->Read([answer, job](StoreReader& reader) { answer->set_value(job(reader)); }).ok());
    return future.get();
  }

  // Sets total_.
  std::vector<TraceRow> List(TraceQuery query = {});
  std::vector<SpanRow> Spans(const TraceRow& row);
  std::vector<TurnRow> Turns(const TraceRow& row);

  // A call of one turn, children first, root last: stt, turn, conversation.
  static std::vector<TestSpan> Call(std::uint64_t number, std::uint64_t start = kNoon);

  std::size_t live_trace_bytes_ = kLiveTraceBytes;
  TempFolder folder_;
  VirtualClock clock_;
  std::unique_ptr<StoreBackend> backend_;
  std::unique_ptr<Store> store_;
  std::size_t total_ = 0;
};

}  // namespace repartee::server::testing
