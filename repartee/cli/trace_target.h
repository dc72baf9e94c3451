// TraceTarget: where a command's traces go, by the environment: to the endpoint that it
// names, else to the trace server of this machine if one is running, else nowhere. A
// copy stays in memory for the command to show.
//
// Thread: the main one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/otel/environment.h"
#include "repartee/otel/in_memory_exporter.h"
#include "repartee/otel/tracer.h"

namespace repartee::cli {

// Our server's usual place for spans of this machine.
inline constexpr char kLocalServer[] = "http://127.0.0.1:4318";

// Whether the environment says where spans go.
bool NamesTarget(const otel::Environment& environment);
// Whether one of our servers answers there, within half a second.
bool LocalServerRuns(const std::string& url);

class TraceTarget {
 public:
  // Sets tracing up for the process. `local_server` is asked whether it is one of ours, unless the
  // environment names an endpoint. InvalidArgument names the variable that is wrong.
  static Result<TraceTarget> SetUp(const std::string& service_name,
                                   const std::string& local_server = kLocalServer);

  // False if ENABLE_TRACING or another variable switched it off.
  bool enabled() const { return provider_->enabled(); }
  // Delivers what is left, or keeps it in the spool. False if some of it is lost; why has been logged.
  bool Finish();
  std::vector<otel::SpanPtr> spans() const { return store_->spans(); }
  // The same, which are then forgotten.
  std::vector<otel::SpanPtr> TakeSpans();
  // True if nobody but this process sees the spans.
  bool in_memory_alone() const { return endpoint_.empty(); }
  // Where the spans go, for people: a URL, or why nowhere.
  std::string Destination() const;
  // Once finished: where the spans went, for people: "sent to http://…".
  std::string Describe() const;

 private:
  std::shared_ptr<otel::TracerProvider> provider_;  // shared with tracing's set-up
  std::shared_ptr<otel::SpanStore> store_;          // shared with the exporter
  std::string local_server_;
  std::string endpoint_;  // empty: memory alone
  bool delivered_ = false;
  bool kept_ = false;  // in the spool
};

}  // namespace repartee::cli
