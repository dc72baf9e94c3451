// AudioBufferProcessor: records both sides of a conversation and hands the sound to the
// program, piece by piece: mixed or as two channels, and as two tracks of equal length.
//
// Put it behind the output transport, where the bot's sound passes as it is heard. Sound
// takes its place by the time at which it passes; what lies between is silence. Stopped
// until StartRecording is called or an AudioBufferStartRecordingFrame comes.
//
// Limit: 32 MiB a side; then, and at each buffer_size, what there is is handed out.
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "repartee/audio/resampler.h"
#include "repartee/base/event.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/pipeline/frame_processor.h"

namespace repartee {

struct AudioBufferProcessorOptions {
  int sample_rate = 0;                // Hz; 0: the pipeline's output rate
  int num_channels = 1;               // 1: both mixed; 2: user left, bot right
  std::size_t buffer_size = 0;        // bytes of a side at which sound is handed out; 0: at the end alone
  bool enable_turn_audio = false;     // the turns, each by itself
  bool auto_start_recording = false;  // with the pipeline
};

class AudioBufferProcessor final : public FrameProcessor {
 public:
  explicit AudioBufferProcessor(AudioBufferProcessorOptions options = {});

  Event<> on_recording_started;
  Event<> on_recording_stopped;  // behind the last sound
  // Sound, Hz, channels.
  Event<AudioBuffer, int, int> on_audio_data;
  // User, bot, Hz, channels (1: each track).
  Event<AudioBuffer, AudioBuffer, int, int> on_track_audio_data;
  // One turn's sound, Hz, channels. The user's begins up to a second before the voice was sure.
  Event<AudioBuffer, int, int> on_user_turn_audio_data;
  Event<AudioBuffer, int, int> on_bot_turn_audio_data;

  // Hz, once set up.
  int sample_rate() const;
  bool recording() const { return recording_; }
  void StartRecording();
  // Hands out what there is.
  void StopRecording();

 protected:
  Status Process(FramePtr frame, Direction direction) override;
  Status OnSetup() override;

 private:
  struct Side {
    std::vector<std::int16_t> samples;    // since the last handing out
    std::map<int, Resampler> resamplers;  // by rate
    std::vector<std::int16_t> turn;       // of the turn under way, or what came just before it
    bool in_turn = false;
  };

  Status Note(Side& side, const AudioBuffer& audio, int rate_hz, int channels);
  void WatchTurns(const Frame& frame);
  void EndTurn(Side& side, Event<AudioBuffer, int, int>& event);
  void HandOut();
  std::size_t SampleNow() const;

  const AudioBufferProcessorOptions options_;
  Side user_;
  Side bot_;
  Nanos begin_{0};
  std::size_t handed_out_ = 0;  // samples of a side
  bool recording_ = false;
};

}  // namespace repartee
