// OtlpHttpExporter: sends spans to a collector by OTLP over HTTP (protobuf or JSON).
//
// One batch at a time, within one time limit for all its tries: 429, 502, 503, 504 and
// connection errors are tried again, at most six times, after the wait that the server
// asked for or an exponential backoff; anything else is given up at once. A batch over
// 64 MiB is not sent. On a loop with virtual time the clock waits for the server.
//
// Thread: the exporter's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/net/http_client.h"
#include "repartee/otel/otlp_options.h"
#include "repartee/otel/span_processor.h"
#include "repartee/otel/wire/export_response.h"

namespace repartee::otel {

class OtlpHttpExporter final : public SpanExporter {
 public:
  // Null, and an error logged, if the environment names no usable endpoint: SetupProvider then says so too.
  static std::unique_ptr<OtlpHttpExporter> FromEnvironment(const Environment& environment = {});
  // InvalidArgument when options.url is no http(s) URL.
  static Result<std::unique_ptr<OtlpHttpExporter>> Create(OtlpHttpOptions options);

  void Start(EventLoop& loop) override;
  void Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) override;
  bool AcceptsProvisional() const override;

 private:
  explicit OtlpHttpExporter(OtlpHttpOptions options);

  bool json() const { return options_.protocol == OtlpProtocol::kJson; }
  Status Prepare(const std::vector<SpanPtr>& spans);
  void Send();
  void OnAnswer(Result<HttpResponse> answer);
  void OnTaken(const HttpResponse& response);
  void LogRemark(const PartialSuccess& partial);
  void RetryOrGiveUp(Status reason, std::optional<Nanos> asked_wait);
  void Finish(ExportResult result);

  const OtlpHttpOptions options_;
  std::string shown_url_;  // without user, query: what errors may say
  EventLoop* loop_ = nullptr;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Timer> retry_timer_;
  std::optional<Nanos> last_remark_;  // when a partial success was last logged

  // The batch under way.
  std::string body_;
  Nanos deadline_{0};
  std::int64_t retries_ = 0;
  Done done_;
  std::optional<EventLoop::Hold> hold_;
  std::unique_ptr<HttpCall> call_;  // last: cancelled before what its answer touches is gone
};

}  // namespace repartee::otel
