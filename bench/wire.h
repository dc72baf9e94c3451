// The fake wire and the end of the benchmarks' agents: an output transport that notes
// each write, and a spy behind everything that notes what matters to an interruption.
//
// Times are the machine's clock, read at once. Thread: the conversation's loop.
#pragma once

#include <vector>

#include "repartee/pipeline/task.h"
#include "repartee/transports/base_output.h"

namespace repartee::bench {

inline constexpr int kWireRateHz = 16000;

// How long a write takes: as long as its sound, or no time.
enum class WirePace : std::uint8_t {
  kAsItSounds,
  kAtOnce
};

class Wire final : public BaseOutputTransport {
 public:
  explicit Wire(WirePace pace) : BaseOutputTransport("BenchOutputTransport", Params()), pace_(pace) {}

  const std::vector<Nanos>& writes() const { return writes_; }
  void Forget() { writes_.clear(); }

 protected:
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override;

 private:
  static TransportParams Params();

  const WirePace pace_;
  std::vector<Nanos> writes_;  // when each began, since Forget
  Nanos next_{0};              // when the wire is free again
};

class Spy final : public FrameProcessor {
 public:
  Spy() : FrameProcessor("Spy") {}

  // When each last came; zero since Forget.
  Nanos interrupted() const { return interrupted_; }
  Nanos bot_stopped() const { return bot_stopped_; }
  void Forget() { interrupted_ = bot_stopped_ = Nanos(0); }

 protected:
  Status Process(FramePtr frame, Direction direction) override;

 private:
  Nanos interrupted_{0};
  Nanos bot_stopped_{0};
};

// Runs `loop` until the task has started.
bool StartTask(EventLoop& loop, PipelineTask& task);

}  // namespace repartee::bench
