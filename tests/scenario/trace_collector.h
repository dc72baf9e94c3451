// TraceCollector: takes OTLP over HTTP on loopback, answers by script, and keeps the
// requests that it answered with 200, as JSON.
//
// Thread: serves on its own; the rest from any.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/net/http_server.h"
#include "tests/scenario/trace_script.h"

namespace repartee::scenario {

class TraceCollector {
 public:
  explicit TraceCollector(std::vector<CollectorAnswer> answers);

  // Unavailable if there is no port.
  Status Listen();
  int port() const { return server_->port(); }

  // ExportTraceServiceRequests in OTLP's JSON form, in order of arrival; and as they came, but inflated.
  Json requests() const;
  std::vector<std::string> bodies() const;
  // A request that is none.
  Status fault() const;

 private:
  HttpResponse Answer(const HttpRequest& request);

  const std::vector<CollectorAnswer> answers_;
  mutable std::mutex mutex_;
  std::size_t count_ = 0;  // guarded by mutex_, as all up to fault_
  Json requests_ = Json::array();
  std::vector<std::string> bodies_;
  Status fault_;
  std::unique_ptr<HttpServer> server_;  // last: its threads use what is above
};

// Protobuf to JSON: ids in hex, 64-bit integers as text, enums as numbers. Malformed if it is no request.
Result<Json> TraceRequestToJson(const std::string& body);

}  // namespace repartee::scenario
