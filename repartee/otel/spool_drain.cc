#include "repartee/otel/spool_drain.h"

#include <algorithm>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/otel/retry.h"
#include "repartee/otel/wire/encoder.h"
#include "repartee/otel/wire/split.h"

namespace repartee::otel {
namespace {

constexpr Nanos kShortestWait = std::chrono::seconds(1);
constexpr Nanos kUsualLimit = std::chrono::seconds(10);
constexpr Nanos kMendWait = std::chrono::minutes(1);

}  // namespace

SpoolDrain::SpoolDrain(std::unique_ptr<Spool> spool, OtlpSender& sender, Nanos limit)
    : spool_(std::move(spool)), sender_(sender), limit_(limit > Nanos(0) ? limit : kUsualLimit) {}

void SpoolDrain::Start(EventLoop& loop, UniqueFunction<void()> on_tried,
                       UniqueFunction<void(const ExportCounters&)> report) {
  loop_ = &loop;
  on_tried_ = std::move(on_tried);
  report_ = std::move(report);
  timer_ = std::make_unique<Timer>(loop, [this] { Try(); });
}

Status SpoolDrain::Keep(const std::vector<SpanPtr>& spans) {
  SpooledBatch batch{.spans = static_cast<std::int64_t>(spans.size()), .body = {}};
  EncodeTraceRequest(spans, batch.body);
  return spool_->Add(batch);
}

void SpoolDrain::GoDown(const OtlpAnswer& answer) {
  if (!std::exchange(down_, true)) {
    recovered_ = 0;
    LogWarning("tracing: {}; spans are kept in {} until it takes them", answer.reason.message(),
               spool_->directory());
  }
  if (!trying()) WaitFor(answer);
}

void SpoolDrain::WaitFor(const OtlpAnswer& answer) {
  ++failures_;
  Nanos wait = answer.wait ? std::max(*answer.wait, kShortestWait) : Backoff(failures_);
  if (answer.fate == Fate::kMend) wait = kMendWait;
  timer_->Arm(wait);
}

void SpoolDrain::Continue() {
  if (!down_ && !trying()) Try();
}

void SpoolDrain::Try() {
  std::optional<SpooledBatch> batch = spool_->TakeOldest();
  if (!batch) return OnEmpty();
  trying_ = std::move(batch);
  hold_.emplace(*loop_);
  sender_.Send({trying_->body, false}, limit_, [this](OtlpAnswer answer) { OnAnswer(std::move(answer)); });
}

bool SpoolDrain::Split() {
  const Result<SplitRequest> split = SplitTraceRequest(trying_->body);
  if (!split.ok()) return false;
  const Status status =
      spool_->ReplaceTaken({.spans = static_cast<std::int64_t>(split->first_spans), .body = split->first},
                           {.spans = static_cast<std::int64_t>(split->second_spans), .body = split->second});
  if (!status.ok()) LogError("tracing: a batch cannot be split: {}", status.message());
  return status.ok();
}

void SpoolDrain::OnAnswer(OtlpAnswer answer) {
  hold_.reset();
  if (answer.fate == Fate::kRetry || answer.fate == Fate::kMend) {
    spool_->PutBack();
    trying_.reset();
    report_({.retries = 1});
    GoDown(answer);
    return on_tried_();
  }
  down_ = false;
  failures_ = 0;
  const bool split = answer.fate == Fate::kTooLarge && Split();
  if (!split) spool_->RemoveTaken();
  const std::int64_t spans = std::exchange(trying_, std::nullopt)->spans;
  const std::int64_t rejected = std::clamp<std::int64_t>(answer.partial.rejected, 0, spans);
  if (split) {
    LogDebug("tracing: {}; {} spans of the spool are sent in halves", answer.reason.message(), spans);
    report_({.retries = 1});
  } else if (answer.fate == Fate::kTaken) {
    recovered_ += spans - rejected;
    report_({.rejected = rejected, .recovered = spans - rejected});
  } else {
    LogError("tracing: {} spans of the spool are lost: {}", spans, answer.reason.message());
    report_({.failed = spans});
  }
  on_tried_();
}

void SpoolDrain::OnEmpty() {
  down_ = false;
  failures_ = 0;
  if (recovered_ == 0) return;
  LogWarning("tracing: {} takes spans again; {} that were kept in {} have been sent", sender_.receiver(),
             recovered_, spool_->directory());
  recovered_ = 0;
}

}  // namespace repartee::otel
