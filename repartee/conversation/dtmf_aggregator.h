// DTMFAggregator: turns keys of a telephone into what the user said: "DTMF: 123".
//
// The first key interrupts the bot. A sequence ends with the termination key, after a
// pause, or with the conversation. The keys themselves go on as well.
// Limit: 128 keys, then the sequence ends. Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>

#include "repartee/frames/media_frames.h"
#include "repartee/pipeline/frame_processor.h"

namespace repartee {

struct DTMFAggregatorOptions {
  Nanos timeout = std::chrono::seconds(2);  // of no further key
  KeypadEntry termination_digit = KeypadEntry::kPound;
  std::string prefix = "DTMF: ";
};

class DTMFAggregator final : public FrameProcessor {
 public:
  explicit DTMFAggregator(DTMFAggregatorOptions options = {});

 protected:
  Status Process(FramePtr frame, Direction direction) override;
  Status OnSetup() override;
  void OnCleanup() override { timer_.reset(); }

 private:
  void OnKey(KeypadEntry key);
  void Flush();

  const DTMFAggregatorOptions options_;
  std::optional<Timer> timer_;  // once set up
  std::string keys_;
};

}  // namespace repartee
