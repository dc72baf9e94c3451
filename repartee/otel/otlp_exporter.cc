#include "repartee/otel/otlp_exporter.h"

#include <algorithm>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/otel/retry.h"
#include "repartee/otel/wire/encoder.h"
#include "repartee/otel/wire/json_encoder.h"

namespace repartee::otel {
namespace {

constexpr std::size_t kMaxRequestBytes = 64 << 20;  // before compression, as OTLP says
constexpr std::int64_t kMaxTries = 6;
// A server that asks for no wait at all must not be asked in a loop.
constexpr Nanos kShortestWait = std::chrono::milliseconds(100);

bool AcceptsProvisionalSpans(const OtlpOptions& options) {
  if (options.provisional == ProvisionalSpans::kAuto) return IsUpsertingEndpoint(options.url);
  return options.provisional == ProvisionalSpans::kOn;
}

}  // namespace

OtlpExporter::OtlpExporter(std::unique_ptr<OtlpSender> sender, const OtlpOptions& options)
    : json_(options.protocol == OtlpProtocol::kHttpJson),
      accepts_provisional_(AcceptsProvisionalSpans(options)),
      timeout_(options.timeout),
      sender_(std::move(sender)) {}

void OtlpExporter::Start(EventLoop& loop) {
  loop_ = &loop;
  sender_->Start(loop);
  retry_timer_ = std::make_unique<Timer>(loop, [this] { body_.empty() ? NextPart() : Send(); });
}

void OtlpExporter::Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) {
  done_ = std::move(done);
  result_ = {};
  const bool own_limit = timeout_.count() > 0;
  deadline_ =
      loop_->clock().MonotonicNow() + (own_limit ? std::min<Nanos>(time_limit, timeout_) : time_limit);
  parts_.push_back(std::move(spans));
  NextPart();
}

void OtlpExporter::NextPart() {
  tries_ = 0;
  body_.clear();
  if (parts_.empty()) {
    Done done = std::exchange(done_, nullptr);
    return done(std::exchange(result_, {}));
  }
  const std::vector<SpanPtr>& spans = parts_.front();
  json_ ? EncodeTraceRequestJson(spans, body_) : EncodeTraceRequest(spans, body_);
  if (body_.size() > kMaxRequestBytes) {
    return SplitOrGiveUp(Status::ResourceExhausted("{} spans make a request of {} bytes, and {} is the most",
                                                   spans.size(), body_.size(), kMaxRequestBytes));
  }
  Send();
}

void OtlpExporter::Send() {
  ++tries_;
  // At least a millisecond: 0 would mean no limit.
  const Nanos left = std::max<Nanos>(deadline_ - loop_->clock().MonotonicNow(), std::chrono::milliseconds(1));
  hold_.emplace(*loop_);
  sender_->Send(body_, left, [this](OtlpAnswer answer) { OnAnswer(std::move(answer)); });
}

void OtlpExporter::OnAnswer(OtlpAnswer answer) {
  hold_.reset();
  switch (answer.fate) {
    case Fate::kTaken: return OnTaken(answer.partial);
    case Fate::kRetry: return RetryOrGiveUp(std::move(answer));
    case Fate::kTooLarge: return SplitOrGiveUp(std::move(answer.reason));
    case Fate::kMend:
    case Fate::kRefused: return GiveUp(std::move(answer.reason));
  }
}

void OtlpExporter::OnTaken(const PartialSuccess& partial) {
  const auto count = static_cast<std::int64_t>(parts_.front().size());
  result_.rejected += std::clamp<std::int64_t>(partial.rejected, 0, count);
  LogRemark(partial);
  parts_.pop_front();
  NextPart();
}

// Every batch may bring the same remark, so it is logged once a minute.
void OtlpExporter::LogRemark(const PartialSuccess& partial) {
  if (partial.rejected == 0 && partial.message.empty()) return;
  const Nanos now = loop_->clock().MonotonicNow();
  if (last_remark_ && now - *last_remark_ < std::chrono::minutes(1)) return;
  last_remark_ = now;
  LogWarning("tracing: {} rejected {} spans of a batch: {}", sender_->receiver(), partial.rejected,
             partial.message);
}

void OtlpExporter::RetryOrGiveUp(OtlpAnswer answer) {
  const Nanos wait = answer.wait ? std::max(*answer.wait, kShortestWait) : Backoff(static_cast<int>(tries_));
  if (tries_ >= kMaxTries || loop_->clock().MonotonicNow() + wait >= deadline_) {
    return GiveUp(std::move(answer.reason).Annotate("given up after {} tries", tries_));
  }
  ++result_.retries;
  LogDebug("tracing: {}; next try in {:.2f} s", answer.reason.message(), ToSeconds(wait));
  retry_timer_->Arm(wait);
}

void OtlpExporter::SplitOrGiveUp(Status reason) {
  std::vector<SpanPtr>& spans = parts_.front();
  if (spans.size() < 2) return GiveUp(std::move(reason));
  LogDebug("tracing: {}; {} spans are sent in halves", reason.message(), spans.size());
  const auto middle = spans.begin() + static_cast<std::ptrdiff_t>(spans.size() / 2);
  std::vector<SpanPtr> second(middle, spans.end());
  spans.erase(middle, spans.end());
  parts_.insert(parts_.begin() + 1, std::move(second));
  // Later: a batch of huge spans must not recurse once a half.
  retry_timer_->Arm(Nanos(0));
  body_.clear();
}

void OtlpExporter::GiveUp(Status reason) {
  result_.failed += static_cast<std::int64_t>(parts_.front().size());
  result_.status = std::move(reason);
  parts_.pop_front();
  NextPart();
}

}  // namespace repartee::otel
