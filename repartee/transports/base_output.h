// BaseOutputTransport: the tail of a pipeline's sound. Audio is brought to one rate and
// size, everything keeps its order with it, and each frame is passed on when it was
// played, so that what is behind the transport sees things as the caller hears them.
//
// Frames with a presentation time leave at that time. An EndFrame waits for all sound
// and all timed frames. One track; frames for another one are dropped.
// Limits: MediaSender's; 16,384 timed frames, then the earliest leaves early.
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "repartee/base/event.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/pipeline/frame_processor.h"
#include "repartee/transports/audio_chunker.h"
#include "repartee/transports/media_sender.h"
#include "repartee/transports/transport_params.h"

namespace repartee {

class BaseOutputTransport : public FrameProcessor, private MediaSink {
 public:
  ~BaseOutputTransport() override;

  // Hz, once set up.
  int sample_rate() const;
  const TransportParams& params() const { return params_; }

 protected:
  BaseOutputTransport(const char* class_name, TransportParams params);

  // After StartFrame went on. The default is ready at once.
  virtual Status Start();
  // By the subclass as soon as it can write: what waited is played from now on.
  void SetReady();
  // Nothing more will be written: all was played, or the task was cancelled. Once.
  virtual void Stop() {}

  // Writes one chunk (16-bit, the parameters' rate and channels; the silence at the end is one mono frame)
  // and returns when the next may come, after about the time that it sounds.
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override = 0;
  // To the client, at once; must not wait.
  virtual Status SendMessage(const MessageContent& /*message*/) { return OkStatus(); }
  // Dials by the transport's own means. The default has none: the keys' tones are played.
  virtual bool SendDtmf(KeypadEntry /*key*/) { return false; }
  // A frame that leaves in order with the sound, for transports that send frames on.
  virtual Status WriteFrame(const Frame& /*frame*/) { return OkStatus(); }
  // The caller barged in: what the client has buffered is stale.
  virtual void OnInterrupted() {}

  Status Process(FramePtr frame, Direction direction) override;
  Status OnSetup() override;
  void OnCleanup() override;

 private:
  void WriteInOrder(const Frame& frame) override;
  void Pass(FramePtr frame) override { Push(std::move(frame)); }
  void BotStartedSpeaking() override;
  void BotSpeaking() override;
  void BotStoppedSpeaking() override;
  void WriteFailed(std::string text) override;
  void Drained() override;

  Status ProcessDownstream(FramePtr frame);
  Status TakeAudio(const OutputAudioRawFrame& frame);
  Status Dial(const std::vector<KeypadEntry>& keys);
  void Pause(bool pause);
  void AddTimed(FramePtr frame);
  void PushDue();
  void Interrupt();
  Task<Status> Finish(FramePtr end);
  void StopOnce();

  const TransportParams params_;
  std::optional<AudioChunker> chunker_;
  std::unique_ptr<MediaSender> sender_;
  std::multimap<std::int64_t, FramePtr> timed_;  // by presentation time, then arrival
  std::unique_ptr<Timer> due_;
  std::unique_ptr<Mailbox<bool>> progress_;  // for the one who waits for the end
  std::optional<Nanos> paused_at_;           // while paused, 30 s at most
  std::unique_ptr<Timer> pause_limit_;       // whoever paused it may be gone
  bool drained_ = false;
  bool stopped_ = false;
};

}  // namespace repartee
