// IngestHealth: what came in and what was refused, and why: the answer to "my traces
// are missing". Equal refusals are one, with a count; the latest are kept.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "repartee/net/http.h"
#include "repartee/server/store/span_record.h"

namespace repartee::server {

inline constexpr std::size_t kMaxRefusals = 100;  // the one seen longest ago goes first

struct Refusal {
  ProjectKey project = 0;    // 0: not known, as without good keys
  std::int64_t time_ns = 0;  // of the last one
  int status = 0;
  std::string reason;
  std::string from;
  std::string path;
  std::int64_t count = 1;
};

class IngestHealth {
 public:
  struct Report {
    std::int64_t requests = 0;
    std::int64_t last_received_ns = 0;  // 0: none yet
    std::vector<Refusal> refused;       // newest first
  };

  // An answer to a request that brought traces; the reason is read from its body.
  void Note(ProjectKey project, const HttpRequest& request, const HttpResponse& response,
            std::int64_t now_ns);
  Report report() const;

 private:
  mutable std::mutex mutex_;
  std::int64_t requests_ = 0;          // guarded by mutex_
  std::int64_t last_received_ns_ = 0;  // guarded by mutex_
  std::vector<Refusal> refused_;       // guarded by mutex_; oldest first
};

// What an error answer says, of JSON or of a google.rpc.Status; empty if nothing.
std::string ReasonOf(const HttpResponse& response);
// What whoever sends can do about it.
std::string_view FixOf(int status);

}  // namespace repartee::server
