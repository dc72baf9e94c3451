// MediaSender: plays one output track. Chunks and the frames between them wait in one
// queue; the sender takes one after the other, and a write that takes as long as the
// chunk sounds is what paces everything behind it. It knows when the bot speaks.
//
// An interruption drops whatever waits in one step, however much that is; the write
// under way is finished. Limit: 65,536 entries (44 minutes), then sound is dropped.
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <vector>

#include "repartee/audio/audio_filter.h"
#include "repartee/audio/audio_mixer.h"
#include "repartee/base/mailbox.h"
#include "repartee/base/task.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/pipeline/frame_queue.h"
#include "repartee/pipeline/run_list.h"

namespace repartee {

// What a sender needs of its transport.
class MediaSink {
 public:
  // Returns when the next chunk may be written. An error is reported once and the chunk is not passed on.
  virtual Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) = 0;
  // A frame in its turn: a message to send, or any other that leaves the transport now.
  virtual void WriteInOrder(const Frame& frame) = 0;
  virtual void Pass(FramePtr frame) = 0;
  virtual void BotStartedSpeaking() = 0;
  virtual void BotSpeaking() = 0;
  virtual void BotStoppedSpeaking() = 0;
  virtual void WriteFailed(std::string text) = 0;
  // The EndFrame came out of the queue, and the silence behind it was written.
  virtual void Drained() = 0;

 protected:
  ~MediaSink() = default;
};

struct MediaSenderOptions {
  float volume = 1.0f;
  std::shared_ptr<BaseAudioFilter> filter;  // shared with the program; null: none
  std::shared_ptr<BaseAudioMixer> mixer;    // the same
  AudioBuffer idle_chunk;                   // a chunk of silence, for the mixer
  int channels = 1;
  Nanos write_timeout = std::chrono::seconds(10);
  AudioBuffer end_silence;  // mono; empty: none
  int rate_hz = 24000;
};

class MediaSender final : private TaskOwner {
 public:
  // Both outlive the sender, which is stopped before they go.
  MediaSender(EventLoop& loop, RunList& run_list, MediaSink& sink, MediaSenderOptions options);
  ~MediaSender();

  // Begins to take what waits.
  void Start();
  bool started() const { return static_cast<bool>(task_); }
  // Audio chunks, TTSStopped, EndFrame and whatever keeps its place among them.
  void Add(FramePtr frame);
  void Interrupt();
  // The sound stops where it is; an interruption or the end resumes it, too.
  void Pause();
  void Resume();
  // VolumeFrame, VolumeGainFrame, FilterUpdateSettingsFrame and their kin: from the next chunk on.
  Status Control(const Frame& frame);
  // Ends a write under way and drops everything.
  void Stop();

 private:
  void OnTaskDone() override {}
  Task<Status> Run();
  Task<Status> Take(FramePtr frame);
  Task<Status> TakeAudio(Ref<const OutputAudioRawFrame> chunk);
  Task<bool> Write(Ref<const OutputAudioRawFrame> chunk, Nanos limit);
  void NoteSpeech(const OutputAudioRawFrame& chunk);
  void StopSpeaking();
  void GiveUp();
  void StartEffects();
  Task<Status> WriteIdleChunk();
  Ref<const OutputAudioRawFrame> WithEffects(Ref<const OutputAudioRawFrame> chunk);

  EventLoop& loop_;
  RunList& run_list_;
  MediaSink& sink_;
  const MediaSenderOptions options_;
  FrameQueue queue_;
  Mailbox<bool> wake_;  // something was added
  Timer write_limit_;
  Task<Status> task_;
  bool ending_ = false;        // the EndFrame was taken, and its silence is being written
  bool broken_ = false;        // a write hung: nothing more is written
  bool write_failed_ = false;  // and was reported
  bool full_ = false;
  bool paused_ = false;
  bool filtering_ = false;
  bool mixing_ = false;
  float volume_;
  float gain_ = 1.0f;
  bool speaking_ = false;
  bool keeps_speaking_ = false;  // the chunk being written is uninterruptible speech
  Nanos last_speaking_{0};
  Nanos last_chunk_{0};  // of the bot's
  Nanos last_voice_{0};  // of a speech-to-speech service
  bool stops_by_silence_ = false;
};

}  // namespace repartee
