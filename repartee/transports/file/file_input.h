// FileInputTransport: a recorded clip as the caller. 20 ms frames enter at the pace of
// the loop's clock, with silence before the clip and, as a microphone would, for as long
// as the conversation goes on after it.
//
// Thread: the conversation's loop; the clip is in memory before it starts.
#pragma once

#include <vector>

#include "repartee/audio/wav.h"
#include "repartee/transports/base_input.h"
#include "repartee/transports/file/conversation_recorder.h"

namespace repartee {

struct FileInputOptions {
  TransportParams params{};
  Nanos silence_before{0};
  // How long silence goes on behind the clip; Nanos::max(): until the end of the conversation.
  Nanos silence_after = Nanos::max();
  // Notes what the caller says; borrowed, outlives the transport; null: nobody.
  ConversationRecorder* recorder = nullptr;
};

class FileInputTransport final : public BaseInputTransport {
 public:
  // Any rate and channels: the pipeline gets mono at its own rate.
  explicit FileInputTransport(WavAudio clip, FileInputOptions options = {});

  // The clip has been said; silence follows.
  Event<> on_clip_finished;

 private:
  Status Start() override;
  void Stop() override { stopped_ = true; }
  Task<Status> Feed();

  const WavAudio clip_;
  const FileInputOptions options_;
  std::vector<std::int16_t> samples_;  // at the pipeline's rate, with the silence before
  bool stopped_ = false;
};

}  // namespace repartee
