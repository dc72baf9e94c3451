// Shipper: sends what stands in the log to ClickHouse, block after block, behind the answers.
// A block goes when it has 10,000 spans or is a second old; one that is refused is sent again
// with the same content until it is taken, so the log keeps what the server is away for.
//
// After its spans a block's traces are made anew from all the spans that the server has of
// them, and once more when `settle_after` has passed: spans of one trace may come through two
// nodes at once, and neither has seen the other's. Only then the block leaves the log.
//
// Thread: its own; Notify, Drain and health from any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/store/clickhouse/ship_log.h"
#include "repartee/server/store/clickhouse/trace_update.h"
#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

inline constexpr std::uint32_t kSpansPerBlock = 10'000;
inline constexpr std::chrono::milliseconds kBlockAge{1'000};
// Between two attempts: the first, doubled up to the last.
inline constexpr std::chrono::milliseconds kFirstPause{100};
inline constexpr std::chrono::milliseconds kLongestPause{5'000};

struct ShipperOptions {
  Address address;
  std::chrono::milliseconds settle_after{10'000};  // 0: not again
  std::chrono::milliseconds block_age = kBlockAge;
  // Called on the shipper's thread with traces whose rows were made anew; the first change has the number of
  // spans that they were made for.
  std::function<void(std::span<const TraceChange>)> on_change{};
};

class Shipper {
 public:
  // `log` and `time` are borrowed and outlive the shipper.
  Shipper(ShipLog& log, RisingTime& time, ShipperOptions options);
  ~Shipper();
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  // The open segment is large enough to be sent.
  void Notify();
  // Sends all that was in the log when it was called, with nothing of it left there to settle. OK when
  // that is done, DeadlineExceeded after `limit`.
  Status Drain(std::chrono::milliseconds limit);
  // Calls `done` on the shipper's thread when all that was in the log at the call has been sent once, or with
  // what kept it from that. The calls under way are the caller's to bound.
  void AfterRound(Store::Done done);
  // Why the last attempt failed; OK when it did not, or none was made.
  Status health() const;
  // Ends within one call to the server; what is not sent stays in the log. Idempotent.
  void Stop();

 private:
  struct Sent {
    std::uint64_t number = 0;
    TraceSet traces;
    Nanos due{0};  // monotonic
  };

  void Run();
  // False when stopping.
  bool WaitForWork();
  Status ShipAll();
  Status Ship(std::uint64_t number);
  Status Settle();
  Status Update(const TraceSet& traces, std::size_t spans);
  void TellWaiting(const Status& status);
  bool IsStopping() const;
  void SetHealth(Status status);

  ShipLog& log_;
  RisingTime& time_;
  const ShipperOptions options_;
  Client client_;

  // The thread's.
  std::uint64_t last_sent_ = 0;
  std::deque<Sent> sent_;  // oldest first
  std::chrono::milliseconds pause_{0};
  std::vector<Store::Done> round_;  // who waits for the round in hand

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable drained_;
  Status health_;  // guarded by mutex_, as all that follows
  std::vector<Store::Done> waiting_;
  bool notified_ = false;
  int draining_ = 0;          // who waits for it
  std::uint64_t rounds_ = 0;  // that ended with nothing left
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace repartee::server::clickhouse
