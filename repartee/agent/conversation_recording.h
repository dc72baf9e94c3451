// ConversationRecording: a WAV file of a conversation, the caller left, the agent right, that
// grows while they speak.
//
// Its processor stands behind the output. A file that cannot be written is told of once in the
// log; the conversation goes on. Thread: the conversation's loop; writes to the disk there, some
// 100 KB a second of sound.
#pragma once

#include <optional>
#include <string>

#include "repartee/audio/wav.h"
#include "repartee/transports/audio_buffer_processor.h"

namespace repartee {

class ConversationRecording {
 public:
  ConversationRecording();
  ConversationRecording(const ConversationRecording&) = delete;
  ConversationRecording& operator=(const ConversationRecording&) = delete;

  AudioBufferProcessor& processor() { return processor_; }
  // Once the pipeline has started. Folders that are missing are made.
  void Start(std::string path);

 private:
  void Write(const AudioBuffer& audio, int rate_hz, int channels);
  void Fail(const Status& status);

  AudioBufferProcessor processor_;
  std::string path_;
  std::optional<WavWriter> writer_;  // from the first sound on
  bool failed_ = false;
};

}  // namespace repartee
