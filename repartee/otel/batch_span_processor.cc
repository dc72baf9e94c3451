#include "repartee/otel/batch_span_processor.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "repartee/base/log.h"

namespace repartee::otel {

ExportCounters& ExportCounters::operator+=(const ExportCounters& other) {
  sent += other.sent;
  dropped += other.dropped;
  failed += other.failed;
  rejected += other.rejected;
  retries += other.retries;
  spooled += other.spooled;
  recovered += other.recovered;
  return *this;
}

class BatchSpanProcessor::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(std::unique_ptr<SpanExporter> exporter, BatchOptions options, EventLoop& loop)
      : options_(options),
        loop_(loop),
        enough_(options.max_export_batch_size),
        exporter_(std::move(exporter)),
        delay_(std::make_unique<Timer>(loop, [this] { OnDelayOver(); })) {}

  void Add(SpanPtr span);
  // Asks for everything so far to be sent; how many spans that is, since the beginning.
  std::uint64_t RequestFlush();
  bool Finished(std::uint64_t target);
  bool WaitFinished(std::uint64_t target, Nanos timeout);
  // False if it was closed before.
  bool CloseQueue();
  void Release();
  ExportCounters counters();

 private:
  static constexpr Nanos kLogInterval = std::chrono::minutes(1);
  static constexpr Nanos kReleaseLimit = std::chrono::seconds(5);

  void PostLook();  // with mutex_ held
  // Loop thread.
  void Look();
  void OnDelayOver();
  void ExportBatch();
  void OnExported(std::size_t count, ExportResult result);
  void ReportLosses(const Status& last, bool now);
  void ReleaseOnLoop();
  std::int64_t KeepUnsent(std::vector<SpanPtr> rest);
  void StartExporter();

  const BatchOptions options_;
  EventLoop& loop_;
  const std::size_t enough_;  // spans that are sent without waiting for the delay

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SpanPtr> queue_;  // guarded by mutex_, as all up to counters_
  bool closed_ = false;
  bool look_posted_ = false;
  bool released_ = false;
  std::uint64_t accepted_ = 0;      // spans that ever entered the queue
  std::uint64_t taken_ = 0;         // of them, handed to the exporter
  std::uint64_t finished_ = 0;      // of them, delivered or given up
  std::uint64_t flush_target_ = 0;  // taken without delay up to here
  ExportCounters counters_;

  // Loop thread.
  std::unique_ptr<SpanExporter> exporter_;
  std::unique_ptr<Timer> delay_;
  bool started_ = false;
  bool exporting_ = false;
  bool delay_over_ = false;
  Nanos last_report_{0};
  std::int64_t reported_losses_ = 0;
};

void BatchSpanProcessor::Worker::Add(SpanPtr span) {
  const std::lock_guard lock(mutex_);
  if (closed_ || queue_.size() >= options_.max_queue_size) {
    ++counters_.dropped;
    return;
  }
  queue_.push_back(std::move(span));
  ++accepted_;
  // The loop is woken twice a batch: by the first span, which starts the delay, and by the one that is
  // enough.
  if (queue_.size() == 1 || queue_.size() == enough_) PostLook();
}

void BatchSpanProcessor::Worker::PostLook() {
  if (std::exchange(look_posted_, true)) return;
  // Under the lock: Shutdown closes the queue under it, so nothing is posted to a loop that is gone.
  loop_.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Look();
  });
}

std::uint64_t BatchSpanProcessor::Worker::RequestFlush() {
  const std::lock_guard lock(mutex_);
  if (released_) return finished_;
  flush_target_ = accepted_;
  if (finished_ < flush_target_) PostLook();
  return flush_target_;
}

bool BatchSpanProcessor::Worker::Finished(std::uint64_t target) {
  const std::lock_guard lock(mutex_);
  return finished_ >= target;
}

bool BatchSpanProcessor::Worker::WaitFinished(std::uint64_t target, Nanos timeout) {
  if (loop_.InLoopThread()) return Finished(target);
  if (loop_.is_virtual()) return loop_.RunUntil([this, target] { return Finished(target); }, timeout);
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return finished_ >= target; });
}

bool BatchSpanProcessor::Worker::CloseQueue() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(closed_, true);
}

// The exporter and the timer belong to the loop's thread, so they end there.
void BatchSpanProcessor::Worker::Release() {
  if (loop_.InLoopThread() || loop_.is_virtual()) return ReleaseOnLoop();
  loop_.Post([self = shared_from_this()] { self->ReleaseOnLoop(); });
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kReleaseLimit, [&] { return released_; })) {
    LogError("tracing: the loop of an exporter does not run; it was left behind");
  }
}

void BatchSpanProcessor::Worker::ReleaseOnLoop() {
  delay_.reset();
  std::vector<SpanPtr> rest;
  {
    const std::lock_guard lock(mutex_);
    rest.assign(std::move_iterator(queue_.begin()), std::move_iterator(queue_.end()));
    queue_.clear();
  }
  const std::int64_t kept = KeepUnsent(std::move(rest));
  exporter_.reset();
  Status unsent;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t dropped = static_cast<std::int64_t>(accepted_ - finished_) - kept;
    if (dropped > 0) unsent = Status::Cancelled("shut down before they were sent");
    counters_.dropped += dropped;
    counters_.spooled += kept;
    finished_ = accepted_;
    released_ = true;
    // With the lock held: the waiter may free this as soon as it sees the mark.
    changed_.notify_all();
  }
  ReportLosses(unsent, true);
}

// What no flush waited for long enough; an exporter that never began has nothing in hand.
std::int64_t BatchSpanProcessor::Worker::KeepUnsent(std::vector<SpanPtr> rest) {
  if (rest.empty() && !exporting_) return 0;
  StartExporter();
  return exporter_->Keep(std::move(rest));
}

void BatchSpanProcessor::Worker::StartExporter() {
  if (std::exchange(started_, true)) return;
  exporter_->Start(loop_, [weak = weak_from_this()](const ExportCounters& more) {
    const auto self = weak.lock();
    if (!self) return;
    const std::lock_guard lock(self->mutex_);
    self->counters_ += more;
  });
}

ExportCounters BatchSpanProcessor::Worker::counters() {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void BatchSpanProcessor::Worker::Look() {
  std::size_t waiting = 0;
  bool flushing = false;
  {
    const std::lock_guard lock(mutex_);
    look_posted_ = false;
    waiting = queue_.size();
    flushing = taken_ < flush_target_;
  }
  if (!exporter_ || waiting == 0) return;
  if (exporting_ && waiting >= enough_) exporter_->Hurry();
  if (exporting_) return;
  if (flushing || delay_over_ || waiting >= enough_) return ExportBatch();
  if (!delay_->armed()) delay_->Arm(options_.schedule_delay);
}

void BatchSpanProcessor::Worker::OnDelayOver() {
  delay_over_ = true;
  Look();
}

void BatchSpanProcessor::Worker::ExportBatch() {
  std::vector<SpanPtr> spans;
  std::size_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t count = std::min(queue_.size(), options_.max_export_batch_size);
    spans.reserve(count);
    std::move(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(spans));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    taken_ += count;
    left = queue_.size();
  }
  delay_->Disarm();
  delay_over_ = false;
  exporting_ = true;
  StartExporter();
  const std::size_t count = spans.size();
  exporter_->Export(std::move(spans), options_.export_timeout,
                    [weak = weak_from_this(), count](ExportResult result) {
                      if (const auto self = weak.lock()) self->OnExported(count, std::move(result));
                    });
  if (exporting_ && left >= enough_) exporter_->Hurry();
}

void BatchSpanProcessor::Worker::OnExported(std::size_t count, ExportResult result) {
  exporting_ = false;
  const auto total = static_cast<std::int64_t>(count);
  {
    const std::lock_guard lock(mutex_);
    counters_.retries += result.retries;
    std::int64_t failed = 0;
    if (!result.status.ok()) failed = result.failed > 0 ? std::min(result.failed, total) : total;
    const std::int64_t rejected = std::clamp<std::int64_t>(result.rejected, 0, total - failed);
    const std::int64_t spooled = std::clamp<std::int64_t>(result.spooled, 0, total - failed - rejected);
    counters_.failed += failed;
    counters_.rejected += rejected;
    counters_.spooled += spooled;
    counters_.sent += total - failed - rejected - spooled;
    finished_ += count;
    changed_.notify_all();
  }
  ReportLosses(result.status, false);
  // Later: an exporter that answers at once must not recurse once a batch.
  loop_.Defer([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Look();
  });
}

void BatchSpanProcessor::Worker::ReportLosses(const Status& last, bool now) {
  const ExportCounters sum = counters();
  const std::int64_t losses = sum.dropped + sum.failed + sum.rejected;
  if (losses == reported_losses_) return;
  const Nanos time = loop_.clock().MonotonicNow();
  if (!now && reported_losses_ > 0 && time - last_report_ < kLogInterval) return;
  last_report_ = time;
  reported_losses_ = losses;
  LogWarning(
      "tracing: spans are being lost: {} dropped, {} failed, {} rejected, {} sent, after {} retries{}{}",
      sum.dropped, sum.failed, sum.rejected, sum.sent, sum.retries,
      last.ok() ? "" : "; last: ", last.message());
}

BatchSpanProcessor::BatchSpanProcessor(std::unique_ptr<SpanExporter> exporter, BatchOptions options,
                                       EventLoop& loop)
    : accepts_provisional_(exporter->AcceptsProvisional()),
      worker_(std::make_shared<Worker>(std::move(exporter), options, loop)) {}

BatchSpanProcessor::~BatchSpanProcessor() { Shutdown(Nanos(0)); }

void BatchSpanProcessor::OnEnd(SpanPtr span) { worker_->Add(std::move(span)); }

bool BatchSpanProcessor::ForceFlush(Nanos timeout) {
  return worker_->WaitFinished(worker_->RequestFlush(), timeout);
}

bool BatchSpanProcessor::Shutdown(Nanos timeout) {
  if (!worker_->CloseQueue()) return true;
  const bool flushed = ForceFlush(timeout);
  worker_->Release();
  return flushed;
}

ExportCounters BatchSpanProcessor::counters() const { return worker_->counters(); }

}  // namespace repartee::otel
