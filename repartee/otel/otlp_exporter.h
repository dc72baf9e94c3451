// OtlpExporter: brings batches to a receiver by a sender, and tries again where that helps.
//
// One batch at a time, within one time limit for all its tries: no connection, and answers
// that ask to come again, are tried at most six times, after the wait that the receiver
// asked for or an exponential backoff; anything else is given up at once. What is over
// 64 MiB or too large for the receiver goes in halves. On a loop with virtual time the
// clock waits for the receiver.
//
// Thread: the exporter's loop.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/otel/otlp_options.h"
#include "repartee/otel/otlp_sender.h"
#include "repartee/otel/span_processor.h"

namespace repartee::otel {

class OtlpExporter final : public SpanExporter {
 public:
  OtlpExporter(std::unique_ptr<OtlpSender> sender, const OtlpOptions& options);

  void Start(EventLoop& loop) override;
  void Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) override;
  bool AcceptsProvisional() const override { return accepts_provisional_; }

 private:
  using Fate = OtlpAnswer::Fate;

  void NextPart();
  void Send();
  void OnAnswer(OtlpAnswer answer);
  void OnTaken(const PartialSuccess& partial);
  void RetryOrGiveUp(OtlpAnswer answer);
  void SplitOrGiveUp(Status reason);
  void GiveUp(Status reason);
  void LogRemark(const PartialSuccess& partial);

  const bool json_;
  const bool accepts_provisional_;
  const std::chrono::milliseconds timeout_;
  EventLoop* loop_ = nullptr;
  std::unique_ptr<Timer> retry_timer_;
  std::optional<Nanos> last_remark_;  // when a partial success was last logged

  // The batch under way.
  std::deque<std::vector<SpanPtr>> parts_;  // the first is being sent; one unless it was too large
  std::string body_;                        // of the first part
  Nanos deadline_{0};
  std::int64_t tries_ = 0;  // of the first part
  ExportResult result_;
  Done done_;
  std::optional<EventLoop::Hold> hold_;
  std::unique_ptr<OtlpSender> sender_;  // last: silent before what its answer touches is gone
};

}  // namespace repartee::otel
