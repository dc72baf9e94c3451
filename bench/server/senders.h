// Senders: batches posted to a trace server, four under way at a time, each until it is taken.
//
// Thread: the caller's, which it holds until all is sent.
#pragma once

#include <string>
#include <vector>

#include "bench/server/voice10.h"
#include "repartee/base/event_loop.h"
#include "repartee/net/http_client.h"

namespace repartee::bench {

struct Sent {
  std::int64_t spans = 0;  // of batches that were taken
  double seconds = 0;      // of sending alone
  double cpu_seconds = 0;  // of this process
  std::vector<double> request_ms;
  int put_off = 0;      // answers 429 and 503; sent again after 50 ms
  std::string failure;  // the first answer that was none of these, and ended the sending
  std::string last_trace_id;
};

// Posts the batches to `url`; adds to `sent`.
void SendAll(const std::string& url, const std::string& authorization, bool gzip,
             const std::vector<Batch>& batches, Sent& sent);

}  // namespace repartee::bench
