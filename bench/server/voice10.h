// voice10: the one workload that every trace server is measured with. A conversation of ten
// turns is 41 spans: under each turn a transcription, a model's answer with the messages so
// far, and its speech. Spans come in the order in which they end, children before parents.
//
// Deterministic: splitmix64, one stream a conversation. 100,040 spans of the day 1795000000
// are 138,993,201 bytes of protobuf in 196 batches of 512.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/otel/span_data.h"

namespace repartee::bench {

// In the user text of turn 5 of conversations 7, 1007, 2007 and so on.
inline constexpr char kNeedle[] = "zanzibarquux";
inline constexpr int kSpansInConversation = 41;

struct Batch {
  std::string body{};  // an ExportTraceServiceRequest, compressed if asked for
  int spans = 0;
  std::string last_trace_id{};  // hexadecimal
};

class Voice10 {
 public:
  struct Options {
    Nanos day{0};           // conversations start within 24 h of it; since the Unix epoch
    bool is_mixed = false;  // 1,000 conversations open at once, each sending its next turn in its turn
    bool gzip = false;
    int batch = 512;          // spans
    std::uint64_t first = 0;  // number of the first conversation
  };
  explicit Voice10(Options options);
  ~Voice10();

  // The next batches, of at least `spans` in all; conversations are never cut off at the end.
  std::vector<Batch> Next(int spans);

 private:
  class Conversations;
  Batch Cut(std::size_t spans);

  Options options_;
  std::unique_ptr<Conversations> conversations_;
  std::vector<otel::SpanPtr> waiting_;  // made, not yet in a batch
};

}  // namespace repartee::bench
