// AudioChunker: brings output audio of any rate, channels and length to one rate and
// one chunk size. Sound that already fits is sliced, not copied.
//
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/audio/resampler.h"
#include "repartee/frames/audio_frames.h"

namespace repartee {

class AudioChunker {
 public:
  // `chunk_bytes` is a multiple of 2 * `channels`.
  AudioChunker(int rate_hz, int channels, std::size_t chunk_bytes);

  // The chunks that are full now: frames of the class, context and track of `frame`.
  // InvalidArgument on a rate or channels that no sound has; then nothing is taken.
  Result<std::vector<Ref<OutputAudioRawFrame>>> Add(const OutputAudioRawFrame& frame);
  // What is left, also in the resampler, filled up with silence.
  std::vector<Ref<OutputAudioRawFrame>> Flush();
  // Forgets interruptible sound that no chunk was made of; the rest of an uninterruptible one stays.
  void Drop();
  void Clear();

 private:
  using Chunks = std::vector<Ref<OutputAudioRawFrame>>;
  // What a chunk keeps of the frame that its sound came from.
  struct Origin {
    FrameType type = FrameType::kOutputAudioRaw;
    bool interruptible = true;
    std::string context_id;
  };

  Status PrepareResampler(int from_hz);
  AudioBuffer WithOurChannels(AudioBuffer audio, int channels) const;
  void Cut(AudioBuffer audio, Chunks& chunks);
  Ref<OutputAudioRawFrame> MakeChunk(AudioBuffer audio) const;

  const int rate_hz_;
  const int channels_;
  const std::size_t chunk_bytes_;
  std::optional<Resampler> resampler_;  // none while rates are equal
  std::string partial_;                 // less than a chunk
  Origin origin_;                       // of the newest sound
};

}  // namespace repartee
