// IngestHealth: what came in and what was refused, and why: the answer to "my traces
// are missing". Equal refusals are one, with a count; the latest are kept, and so are the
// latest requests and how many came in each minute.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/net/http.h"
#include "repartee/server/ingest/ingest_course.h"
#include "repartee/server/store/span_record.h"

namespace repartee::server {

inline constexpr std::size_t kMaxRefusals = 100;          // the one seen longest ago goes first
inline constexpr std::size_t kMaxReceivedRequests = 100;  // the latest

struct Refusal {
  ProjectKey project = 0;    // 0: not known, as without good keys
  std::int64_t time_ns = 0;  // of the last one
  int status = 0;
  std::string reason;
  std::string from;
  std::string path;
  std::int64_t count = 1;
};

// How large a request was, as it was sent, and how long its answer took.
struct IngestEffort {
  std::int64_t bytes = 0;
  Nanos took{0};
};

struct ReceivedRequest {
  ProjectKey project = 0;  // 0: not known
  std::int64_t time_ns = 0;
  int status = 0;
  std::string reason;  // of what was refused, all of it or some spans; empty: all was taken
  std::string from;
  std::string path;
  IngestEffort effort{};
};

class IngestHealth {
 public:
  struct Report {
    std::int64_t requests = 0;
    std::int64_t last_received_ns = 0;      // 0: none yet
    std::vector<Refusal> refused;           // newest first
    std::vector<ReceivedRequest> received;  // newest first
  };

  // An answer to a request that brought traces; the reason is read from its body.
  void Note(ProjectKey project, const HttpRequest& request, const HttpResponse& response, std::int64_t now_ns,
            IngestEffort effort = {});
  Report report() const;
  // Of all these projects together; the present minute last.
  std::vector<IngestMinute> LastHour(const std::vector<ProjectKey>& projects, std::int64_t now_ns) const;

 private:
  void KeepRefusal(Refusal refusal);

  mutable std::mutex mutex_;
  std::int64_t requests_ = 0;             // guarded by mutex_
  std::int64_t last_received_ns_ = 0;     // guarded by mutex_
  std::vector<Refusal> refused_;          // guarded by mutex_; oldest first
  std::deque<ReceivedRequest> received_;  // guarded by mutex_; oldest first
  IngestCourse course_;                   // guarded by mutex_
};

// What an error answer says, of JSON or of a google.rpc.Status; empty if nothing.
std::string ReasonOf(const HttpResponse& response);
// What a good answer says of the spans that were not taken; empty if all were.
std::string PartialReasonOf(const HttpResponse& response);
// What whoever sends can do about it.
std::string_view FixOf(int status);

}  // namespace repartee::server
