// OtlpExporter: brings batches to a receiver by a sender, and tries again where that helps.
//
// One batch at a time, within one time limit for all its tries: no connection, and answers
// that ask to come again, are tried at most six times, after the wait that the receiver
// asked for or an exponential backoff; anything else is given up at once. What is over
// 64 MiB or too large for the receiver goes in halves. With a spool, what a later try
// may bring over goes there instead of being lost. On a loop with virtual time the clock
// waits for the receiver. Thread: the exporter's loop.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "repartee/otel/otlp_options.h"
#include "repartee/otel/otlp_sender.h"
#include "repartee/otel/span_processor.h"
#include "repartee/otel/spool_drain.h"

namespace repartee::otel {

class OtlpExporter final : public SpanExporter {
 public:
  // A spool that cannot be used is logged and done without.
  OtlpExporter(std::unique_ptr<OtlpSender> sender, const OtlpOptions& options);

  void Start(EventLoop& loop, Report report) override;
  void Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) override;
  bool AcceptsProvisional() const override { return accepts_provisional_; }
  void Hurry() override;
  std::int64_t Keep(std::vector<SpanPtr> spans) override;

 private:
  using Fate = OtlpAnswer::Fate;

  void NextPart();
  OtlpBody Encode();
  void Send(OtlpBody body);
  void OnAnswer(OtlpAnswer answer);
  void OnTaken(const PartialSuccess& partial);
  void RetryOrGiveUp(OtlpAnswer answer);
  void SplitOrGiveUp(Status reason);
  void GiveUp(OtlpAnswer answer);
  void OnDrainTried();
  void OnOutOfPatience();
  void KeepParts();
  void LogRemark(const PartialSuccess& partial);

  const bool json_;
  const bool accepts_provisional_;
  const std::chrono::milliseconds timeout_;
  EventLoop* loop_ = nullptr;
  std::unique_ptr<Timer> retry_timer_;
  std::unique_ptr<Timer> patience_timer_;
  std::optional<Nanos> last_remark_;  // when a partial success was last logged
  std::size_t bytes_a_span_ = 1024;   // of the last request

  // The batch under way.
  std::deque<std::vector<SpanPtr>> parts_;  // the first is being sent; one unless it was too large
  Nanos deadline_{0};
  Nanos begun_{0};
  std::int64_t tries_ = 0;  // of the first part
  ExportResult result_;
  Done done_;
  std::optional<EventLoop::Hold> hold_;
  // Last: silent before what their answers touch is gone.
  std::unique_ptr<OtlpSender> sender_;
  std::unique_ptr<SpoolDrain> drain_;  // null without a spool
};

}  // namespace repartee::otel
