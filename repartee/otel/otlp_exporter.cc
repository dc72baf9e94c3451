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
// Room that is made for a request before it is written: as the last one took, and a little more.
constexpr std::size_t kMaxRoom = 1 << 20;
constexpr std::size_t kSpareBytes = 64;  // a span
// A server that asks for no wait at all must not be asked in a loop.
constexpr Nanos kShortestWait = std::chrono::milliseconds(100);

bool AcceptsProvisionalSpans(const OtlpOptions& options) {
  if (options.provisional == ProvisionalSpans::kAuto) return IsUpsertingEndpoint(options.url);
  return options.provisional == ProvisionalSpans::kOn;
}

// A batch that was long enough under way when the queue behind it fills.
constexpr Nanos kPatience = std::chrono::seconds(1);

std::unique_ptr<SpoolDrain> MakeDrain(const OtlpOptions& options, OtlpSender& sender) {
  if (options.spool_directory.empty()) return nullptr;
  auto spool = Spool::Open(options.spool_directory, options.spool_max_bytes);
  if (!spool.ok()) {
    LogError("tracing: {}; spans that cannot be sent are lost", spool.status().message());
    return nullptr;
  }
  return std::make_unique<SpoolDrain>(*std::move(spool), sender, options.timeout);
}

}  // namespace

OtlpExporter::OtlpExporter(std::unique_ptr<OtlpSender> sender, const OtlpOptions& options)
    : json_(options.protocol == OtlpProtocol::kHttpJson),
      accepts_provisional_(AcceptsProvisionalSpans(options)),
      timeout_(options.timeout),
      sender_(std::move(sender)),
      drain_(MakeDrain(options, *sender_)) {}

void OtlpExporter::Start(EventLoop& loop, Report report) {
  loop_ = &loop;
  sender_->Start(loop);
  if (drain_) drain_->Start(loop, [this] { OnDrainTried(); }, std::move(report));
  patience_timer_ = std::make_unique<Timer>(loop, [this] { OnOutOfPatience(); });
  retry_timer_ = std::make_unique<Timer>(loop, [this] { tries_ == 0 ? NextPart() : Send(Encode()); });
}

void OtlpExporter::Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) {
  done_ = std::move(done);
  result_ = {};
  const bool own_limit = timeout_.count() > 0;
  begun_ = loop_->clock().MonotonicNow();
  deadline_ = begun_ + (own_limit ? std::min<Nanos>(time_limit, timeout_) : time_limit);
  parts_.push_back(std::move(spans));
  if (drain_ && drain_->down()) return KeepParts();
  if (drain_ && drain_->trying()) return;  // until OnDrainTried
  NextPart();
}

void OtlpExporter::NextPart() {
  tries_ = 0;
  if (parts_.empty()) {
    patience_timer_->Disarm();
    Done done = std::exchange(done_, nullptr);
    done(std::exchange(result_, {}));
    // Unless that began the next one.
    if (drain_ && !done_) drain_->Continue();
    return;
  }
  OtlpBody body = Encode();
  if (body.bytes.size() > kMaxRequestBytes) {
    return SplitOrGiveUp(Status::ResourceExhausted("{} spans make a request of {} bytes, and {} is the most",
                                                   parts_.front().size(), body.bytes.size(),
                                                   kMaxRequestBytes));
  }
  Send(std::move(body));
}

// The request goes out of our hands, and few are tried twice: those are written again.
OtlpBody OtlpExporter::Encode() {
  const std::vector<SpanPtr>& spans = parts_.front();
  OtlpBody body{.bytes = {}, .json = json_};
  body.bytes.reserve(std::min(spans.size() * bytes_a_span_, kMaxRoom));
  json_ ? EncodeTraceRequestJson(spans, body.bytes) : EncodeTraceRequest(spans, body.bytes);
  bytes_a_span_ = body.bytes.size() / std::max<std::size_t>(spans.size(), 1) + kSpareBytes;
  return body;
}

void OtlpExporter::Send(OtlpBody body) {
  ++tries_;
  // At least a millisecond: 0 would mean no limit.
  const Nanos left = std::max<Nanos>(deadline_ - loop_->clock().MonotonicNow(), std::chrono::milliseconds(1));
  hold_.emplace(*loop_);
  sender_->Send(std::move(body), left, [this](OtlpAnswer answer) { OnAnswer(std::move(answer)); });
}

void OtlpExporter::OnAnswer(OtlpAnswer answer) {
  hold_.reset();
  switch (answer.fate) {
    case Fate::kTaken: return OnTaken(answer.partial);
    case Fate::kRetry: return RetryOrGiveUp(std::move(answer));
    case Fate::kTooLarge: return SplitOrGiveUp(std::move(answer.reason));
    case Fate::kMend:
    case Fate::kRefused: return GiveUp(std::move(answer));
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
    answer.reason = std::move(answer.reason).Annotate("given up after {} tries", tries_);
    return GiveUp(std::move(answer));
  }
  ++result_.retries;
  LogDebug("tracing: {}; next try in {:.2f} s", answer.reason.message(), ToSeconds(wait));
  retry_timer_->Arm(wait);
}

void OtlpExporter::SplitOrGiveUp(Status reason) {
  std::vector<SpanPtr>& spans = parts_.front();
  if (spans.size() < 2) return GiveUp({.fate = Fate::kRefused, .reason = std::move(reason)});
  LogDebug("tracing: {}; {} spans are sent in halves", reason.message(), spans.size());
  const auto middle = spans.begin() + static_cast<std::ptrdiff_t>(spans.size() / 2);
  std::vector<SpanPtr> second(middle, spans.end());
  spans.erase(middle, spans.end());
  parts_.insert(parts_.begin() + 1, std::move(second));
  // Later: a batch of huge spans must not recurse once a half.
  tries_ = 0;
  retry_timer_->Arm(Nanos(0));
}

void OtlpExporter::GiveUp(OtlpAnswer answer) {
  if (drain_ && (answer.fate == Fate::kRetry || answer.fate == Fate::kMend)) {
    drain_->GoDown(answer);
    return KeepParts();
  }
  result_.failed += static_cast<std::int64_t>(parts_.front().size());
  result_.status = std::move(answer.reason);
  parts_.pop_front();
  NextPart();
}

// All that is left of the batch goes to the spool.
void OtlpExporter::KeepParts() {
  for (const std::vector<SpanPtr>& part : parts_) {
    const auto count = static_cast<std::int64_t>(part.size());
    Status status = drain_->Keep(part);
    (status.ok() ? result_.spooled : result_.failed) += count;
    if (!status.ok()) result_.status = std::move(status);
  }
  parts_.clear();
  NextPart();
}

void OtlpExporter::OnDrainTried() {
  if (!done_) return drain_->Continue();
  if (drain_->down()) return KeepParts();
  NextPart();
}

void OtlpExporter::Hurry() {
  if (!drain_ || !done_ || patience_timer_->armed()) return;
  patience_timer_->Arm(std::max(begun_ + kPatience - loop_->clock().MonotonicNow(), Nanos(0)));
}

// The queue is filling behind a batch that gets no answer: the disk is quicker than the receiver.
void OtlpExporter::OnOutOfPatience() {
  if (!done_) return;
  if (!drain_->trying()) {
    retry_timer_->Disarm();
    sender_->Cancel();
    hold_.reset();
    drain_->GoDown(
        {.fate = Fate::kRetry, .reason = Status::Unavailable("{} does not answer", sender_->receiver())});
  }
  KeepParts();
}

std::int64_t OtlpExporter::Keep(std::vector<SpanPtr> spans) {
  if (!drain_) return 0;
  if (!spans.empty()) parts_.push_back(std::move(spans));
  std::int64_t kept = 0;
  for (const std::vector<SpanPtr>& part : parts_) {
    const Status status = drain_->Keep(part);
    if (status.ok()) kept += static_cast<std::int64_t>(part.size());
    if (!status.ok()) LogError("tracing: {} spans are lost: {}", part.size(), status.message());
  }
  parts_.clear();
  return kept;
}

}  // namespace repartee::otel
