// SpoolDrain: sends what lies in a spool, a batch at a time, oldest first, and knows whether
// the receiver takes anything at all just now.
//
// While it does not ("down"), new batches belong into the spool too. A try follows after
// the receiver's own wait, or 1, 2, 4 … 64 s; a minute where somebody has to mend a key or
// a path. The log tells when it begins and when all is sent.
//
// Thread: the exporter's loop.
#pragma once

#include <memory>
#include <optional>

#include "repartee/otel/otlp_sender.h"
#include "repartee/otel/span_processor.h"
#include "repartee/otel/spool.h"

namespace repartee::otel {

class SpoolDrain {
 public:
  // `sender` is borrowed and outlives the drain. A try takes at most `limit` (0: ten seconds).
  SpoolDrain(std::unique_ptr<Spool> spool, OtlpSender& sender, Nanos limit);

  // `on_tried`: after each try, when the sender is free again. `report`: what became of spooled spans.
  void Start(EventLoop& loop, UniqueFunction<void()> on_tried,
             UniqueFunction<void(const ExportCounters&)> report);
  // Keeps a batch for later.
  Status Keep(const std::vector<SpanPtr>& spans);
  // The receiver did not take a batch of the exporter's: `answer` says why.
  void GoDown(const OtlpAnswer& answer);
  // Sends the oldest batch, if there is one and the receiver is not down.
  void Continue();

  // A try is under way: the sender is taken.
  bool trying() const { return trying_.has_value(); }
  bool down() const { return down_; }

 private:
  using Fate = OtlpAnswer::Fate;

  void Try();
  void OnAnswer(OtlpAnswer answer);
  // False if it cannot be split: then it is lost.
  bool Split();
  void WaitFor(const OtlpAnswer& answer);
  void OnEmpty();

  std::unique_ptr<Spool> spool_;
  OtlpSender& sender_;
  const Nanos limit_;
  UniqueFunction<void()> on_tried_;
  UniqueFunction<void(const ExportCounters&)> report_;
  EventLoop* loop_ = nullptr;
  std::unique_ptr<Timer> timer_;
  std::optional<EventLoop::Hold> hold_;
  std::optional<SpooledBatch> trying_;  // what is under way
  bool down_ = false;
  int failures_ = 0;            // in a row
  std::int64_t recovered_ = 0;  // spans, since the receiver was down last
};

}  // namespace repartee::otel
