#include "repartee/server/store/clickhouse/shipper.h"

#include <algorithm>
#include <vector>

#include "repartee/base/log.h"
#include "repartee/server/store/clickhouse/span_rows.h"

namespace repartee::server::clickhouse {

Shipper::Shipper(ShipLog& log, RisingTime& time, ShipperOptions options)
    : log_(log), time_(time), options_(std::move(options)), client_(options_.address), thread_([this] {
        Run();
      }) {}

Shipper::~Shipper() { Stop(); }

void Shipper::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  drained_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Shipper::Notify() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
  }
  wake_.notify_all();
}

Status Shipper::Drain(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  ++draining_;
  // A round that is under way may have begun before.
  const std::uint64_t wanted = rounds_ + 2;
  wake_.notify_all();
  const bool done = drained_.wait_for(lock, limit, [&] { return stopping_ || rounds_ >= wanted; });
  --draining_;
  if (rounds_ >= wanted) return OkStatus();
  if (done) return Status::Unavailable("the server is stopping");
  if (!health_.ok()) return health_;
  return Status::DeadlineExceeded("ClickHouse has not taken all within {} ms", limit.count());
}

Status Shipper::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

bool Shipper::IsStopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Shipper::SetHealth(Status status) {
  const std::lock_guard lock(mutex_);
  if (!status.ok() && status.message() != health_.message())
    LogError("store: {}; {} bytes wait in the log", status.message(), log_.bytes());
  if (status.ok() && !health_.ok()) LogWarning("store: ClickHouse takes spans again");
  health_ = std::move(status);
}

bool Shipper::WaitForWork() {
  std::unique_lock lock(mutex_);
  const bool is_pause = pause_.count() > 0;
  const auto longest = is_pause ? pause_ : options_.block_age;
  wake_.wait_for(lock, longest, [&] { return stopping_ || (!is_pause && (notified_ || draining_ > 0)); });
  notified_ = false;
  // Whoever asks from now on waits for the next round.
  round_ = std::move(waiting_);
  waiting_.clear();
  return !stopping_;
}

void Shipper::Run() {
  while (WaitForWork()) {
    log_.CloseSegment();
    Status status = ShipAll();
    if (status.ok()) status = Settle();
    if (IsStopping()) break;
    pause_ = status.ok() ? std::chrono::milliseconds(0) : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    TellWaiting(status);
    const bool ended = status.ok();
    SetHealth(std::move(status));
    if (!ended) continue;
    const std::lock_guard lock(mutex_);
    ++rounds_;
    drained_.notify_all();
  }
  const Status stopping = Status::Unavailable("the server is stopping");
  TellWaiting(stopping);
  {
    const std::lock_guard lock(mutex_);
    round_.swap(waiting_);
  }
  TellWaiting(stopping);
}

void Shipper::AfterRound(Store::Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      waiting_.push_back(std::move(done));
      notified_ = true;
    }
  }
  // It was moved away if somebody will call it.
  if (done) done(Status::Unavailable("the server is stopping"));
  wake_.notify_all();
}

void Shipper::TellWaiting(const Status& status) {
  for (Store::Done& done : round_) done(status);
  round_.clear();
}

Status Shipper::ShipAll() {
  while (const std::optional<std::uint64_t> number = log_.Next(last_sent_)) {
    if (IsStopping()) return Status::Unavailable("the server is stopping");
    if (Status status = Ship(*number); !status.ok()) return status;
    last_sent_ = *number;
  }
  return OkStatus();
}

Status Shipper::Ship(std::uint64_t number) {
  Result<ShipRows> rows = log_.Read(number);
  if (!rows.ok()) return std::move(rows).status();
  if (rows->spans == 0) return log_.Remove(number);
  Result<TraceSet> traces = TracesOf(rows->day_rows);
  if (!traces.ok()) return std::move(traces).status();
  const std::string span_token = TokenOf(rows->span_rows);
  Status status = client_.Insert("span", kSpanColumns, std::move(rows->span_rows), span_token);
  if (!status.ok()) return status;
  // By the block too: days that an earlier block had may have been deleted since.
  status = client_.Insert("trace_day", kDayColumns, std::move(rows->day_rows), span_token);
  if (status.ok()) status = Update(*traces, rows->spans);
  if (!status.ok()) return status;
  const Nanos due = Clock::System().MonotonicNow() + options_.settle_after;
  sent_.push_back({.number = number, .traces = *std::move(traces), .due = due});
  return OkStatus();
}

Status Shipper::Update(const TraceSet& traces, std::size_t spans) {
  Result<std::vector<TraceChange>> changes = UpdateTraces(client_, traces, time_);
  if (!changes.ok()) return std::move(changes).status();
  if (changes->empty() || !options_.on_change) return OkStatus();
  changes->front().spans = spans;
  options_.on_change(*changes);
  return OkStatus();
}

Status Shipper::Settle() {
  const bool at_once = [this] {
    const std::lock_guard lock(mutex_);
    return draining_ > 0;
  }();
  while (!sent_.empty()) {
    const Sent& oldest = sent_.front();
    if (!at_once && Clock::System().MonotonicNow() < oldest.due) return OkStatus();
    if (options_.settle_after.count() > 0) {
      if (Status status = Update(oldest.traces, 0); !status.ok()) return status;
    }
    if (Status status = log_.Remove(oldest.number); !status.ok()) return status;
    sent_.pop_front();
  }
  return OkStatus();
}

}  // namespace repartee::server::clickhouse
