// MeasuredServer: `repartee serve` as a process of its own, and what it costs.
//
// Thread: one at a time.
#pragma once

#include <sys/types.h>

#include <string>

#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee::bench {

class MeasuredServer {
 public:
  // Starts `program serve` on free ports with `folder` as its data and a project of known keys; returns when
  // it has told its ports. Unavailable, with what was missing, if it does not.
  static Result<MeasuredServer> Start(const std::string& program, const std::string& folder);
  MeasuredServer(MeasuredServer&& other) noexcept;
  MeasuredServer& operator=(MeasuredServer&&) = delete;
  // Asks it to end, and waits: what it stores is then checkpointed.
  ~MeasuredServer();

  std::string url() const;    // http://127.0.0.1:PORT
  std::string basic() const;  // value of the Authorization field
  double seconds_to_start() const { return seconds_to_start_; }
  double CpuSeconds() const;  // user and system time so far
  double RssMb() const;       // now
  double PeakRssMb() const;   // the most so far
  // Until it has used no processor time for a second; at most `seconds`.
  void WaitUntilIdle(double seconds) const;

 private:
  MeasuredServer() = default;
  double StatusKib(const char* field) const;  // of /proc/PID/status

  pid_t pid_ = 0;
  int port_ = 0;
  double seconds_to_start_ = 0;
};

}  // namespace repartee::bench
