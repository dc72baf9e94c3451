// MediaClient: uploads a medium by Langfuse's protocol: announce it, put its bytes where
// the answer says, report.
//
// Thread: one at a time, which it blocks; Stop from any.
#pragma once

#include <atomic>
#include <string>

#include "repartee/net/http_client.h"
#include "repartee/otel/otlp_options.h"

namespace repartee {

struct Medium {
  std::string trace_id;        // hexadecimal
  std::string observation_id;  // a span's; empty: the trace's
  std::string field;           // input, output or metadata
  std::string content_type;
  std::string bytes;
};

class MediaClient {
 public:
  explicit MediaClient(const otel::OtlpOptions& options);

  // Up to three times, a second or two apart. The status names the receiver and what it answered.
  Status Upload(const Medium& medium);
  // What is under way ends soon, with Cancelled.
  void Stop();

  // …/api/public/media, beside where the spans go.
  const std::string& url() const { return url_; }

 private:
  Result<HttpResponse> Fetch(HttpRequest request, std::chrono::milliseconds timeout);
  Result<std::string> Announce(const Medium& medium, const std::string& hash);
  Status Put(const Medium& medium, const std::string& url, const std::string& hash);
  void Report(const std::string& hash);
  void Wait(Nanos time);

  const otel::OtlpOptions options_;
  const std::string url_;
  EventLoop loop_;
  HttpClient client_;
  std::atomic<bool> stopped_{false};
};

// The media's URL of a server that takes spans at `traces_url`: the part before /api/public/otel, else the
// origin, and /api/public/media.
std::string MediaUrl(const std::string& traces_url);

}  // namespace repartee
