#include "bench/wire.h"

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee::bench {

TransportParams Wire::Params() {
  TransportParams params;
  params.audio_out_enabled = true;
  params.audio_out_sample_rate = kWireRateHz;
  params.audio_out_10ms_chunks = 2;
  params.audio_out_end_silence = Nanos(0);
  return params;
}

Task<Status> Wire::WriteAudio(Ref<const OutputAudioRawFrame> chunk) {
  const Nanos now = loop().clock().MonotonicNow();
  writes_.push_back(now);
  if (pace_ == WirePace::kAsItSounds) {
    next_ = std::max(next_, now) + FromSeconds(static_cast<double>(chunk->num_frames()) / chunk->sample_rate);
    co_await Sleep(loop(), next_ - now);
  }
  co_return OkStatus();
}

Status Spy::Process(FramePtr frame, Direction direction) {
  if (frame->Is<InterruptionFrame>()) interrupted_ = loop().clock().MonotonicNow();
  if (frame->Is<BotStoppedSpeakingFrame>()) bot_stopped_ = loop().clock().MonotonicNow();
  Push(std::move(frame), direction);
  return OkStatus();
}

bool StartTask(EventLoop& loop, PipelineTask& task) {
  bool started = false;
  task.on_pipeline_started.Connect([&started] { started = true; });
  loop.Post([&] { task.Start(loop); });
  return loop.RunUntil([&started] { return started; }, std::chrono::seconds(5));
}

}  // namespace repartee::bench
