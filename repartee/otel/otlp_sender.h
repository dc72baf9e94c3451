// OtlpSender: one try to hand a batch to a receiver, over HTTP or gRPC; and what came of
// it. When to try again is OtlpExporter's business.
//
// Thread: the exporter's loop.
#pragma once

#include <optional>
#include <string>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"
#include "repartee/otel/wire/export_response.h"

namespace repartee::otel {

struct OtlpAnswer {
  enum class Fate : unsigned char {
    kTaken,
    kRetry,     // no connection, or the receiver is busy: the same bytes may go through later
    kTooLarge,  // fewer spans at once may go through
    kMend,      // a wrong key, path or certificate: nothing goes through until somebody mends it
    kRefused    // these bytes never go through
  };
  Fate fate = Fate::kTaken;
  Status reason{};              // OK when taken; else names the receiver, and what to do
  std::optional<Nanos> wait{};  // kRetry: as long as the receiver asks for
  PartialSuccess partial{};     // kTaken
};

struct OtlpBody {
  std::string bytes{};  // an ExportTraceServiceRequest, not compressed
  bool json = false;    // else protobuf
};

class OtlpSender {
 public:
  using Done = UniqueFunction<void(OtlpAnswer)>;

  virtual ~OtlpSender() = default;
  // Once, before the first Send. `loop` outlives the sender.
  virtual void Start(EventLoop& loop) = 0;
  // One at a time. `done` is called once, on a later turn of the loop and within about `limit`, or never
  // after Cancel or the sender's end.
  virtual void Send(OtlpBody body, Nanos limit, Done done) = 0;
  virtual void Cancel() = 0;
  // For people: the URL without user and query.
  virtual const std::string& receiver() const = 0;
};

}  // namespace repartee::otel
