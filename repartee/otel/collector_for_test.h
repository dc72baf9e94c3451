// A collector for tests of exporters. Thread: any.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "repartee/net/http_server.h"

namespace repartee::otel {

namespace collector = opentelemetry::proto::collector::trace::v1;

// A collector on a free port: answers as it was told, then 200.
class Collector {
 public:
  explicit Collector(int port = 0) {
    HttpServerOptions options;
    options.port = port;
    auto server = HttpServer::Listen(options, [this](HttpRequest request, HttpResponder responder) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
      HttpResponse answer = HttpResponse::Text(200, "");
      if (!answers_.empty()) {
        answer = std::move(answers_.front());
        answers_.pop_front();
      }
      responder.Send(std::move(answer));
    });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~Collector() { server_->Stop(std::chrono::milliseconds(0)); }

  int port() const { return server_->port(); }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  void Answer(int status, HttpHeaders headers = {}, std::string body = "") {
    const std::lock_guard lock(mutex_);
    answers_.push_back({.status = status, .headers = std::move(headers), .body = std::move(body)});
  }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::vector<HttpRequest> requests_;  // guarded by mutex_
  std::deque<HttpResponse> answers_;   // guarded by mutex_
  std::unique_ptr<HttpServer> server_;
};

inline collector::ExportTraceServiceRequest Parse(const std::string& body) {
  collector::ExportTraceServiceRequest request;
  EXPECT_TRUE(request.ParseFromString(body));
  return request;
}

// The names of all spans that came, in order.
inline std::vector<std::string> NamesAt(Collector& receiver) {
  std::vector<std::string> names;
  for (const HttpRequest& request : receiver.requests()) {
    const collector::ExportTraceServiceRequest parsed = Parse(request.body);
    for (const auto& resource : parsed.resource_spans()) {
      for (const auto& scope : resource.scope_spans()) {
        for (const auto& span : scope.spans()) names.push_back(span.name());
      }
    }
  }
  return names;
}

}  // namespace repartee::otel
