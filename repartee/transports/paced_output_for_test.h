// PacedOutput: an output whose writes take as long as their sound, for tests.
// Thread: the test's.
#pragma once

#include <utility>
#include <vector>

#include "repartee/transports/base_output.h"

namespace repartee::testing {

class PacedOutput final : public BaseOutputTransport {
 public:
  struct Write {
    Nanos at;  // the loop's time at which it began
    Ref<const OutputAudioRawFrame> chunk;
  };

  explicit PacedOutput(TransportParams params = Params()) : BaseOutputTransport("PacedOutput", params) {}

  static TransportParams Params() {
    TransportParams params;
    params.audio_out_enabled = true;
    params.audio_out_sample_rate = 16000;
    params.audio_out_end_silence = Nanos(0);
    return params;
  }

  std::vector<Write> writes;
  std::vector<Json> messages;
  int hang_at = -1;  // this write never returns
  bool fails = false;
  bool stopped = false;

 protected:
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override {
    writes.push_back({loop().now(), chunk});
    if (fails) co_return Status::Unavailable("the wire is cut");
    const bool hangs = static_cast<int>(writes.size()) - 1 == hang_at;
    const Nanos length = FromSeconds(static_cast<double>(chunk->num_frames()) / chunk->sample_rate);
    co_await Sleep(loop(), hangs ? std::chrono::hours(1) : length);
    co_return OkStatus();
  }
  Status SendMessage(const MessageContent& message) override {
    messages.push_back(message.json());
    return OkStatus();
  }
  void Stop() override { stopped = true; }
};

}  // namespace repartee::testing
