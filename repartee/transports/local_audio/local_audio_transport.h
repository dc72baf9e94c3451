// LocalAudioTransport: the microphone and the loudspeakers of this machine as the two ends of a
// pipeline.
//
// Sound is fetched each 20 ms. What is to be heard goes to the card at most 60 ms ahead, so that
// an interruption is silent at once. At the end the microphone is closed first, the loudspeakers when
// all was played. Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "repartee/transports/base_input.h"
#include "repartee/transports/base_output.h"
#include "repartee/transports/local_audio/audio_device.h"

namespace repartee {

class LocalAudioInputTransport final : public BaseInputTransport {
 public:
  // `device` is borrowed and outlives the transport.
  explicit LocalAudioInputTransport(AudioDevice& device, TransportParams params = {});

 private:
  Status OnSetup() override;
  void OnCleanup() override { fetch_.reset(); }
  Status Start() override;
  void Stop() override;
  void Fetch();

  AudioDevice& device_;
  std::optional<Timer> fetch_;  // from set-up to clean-up
};

class LocalAudioOutputTransport final : public BaseOutputTransport {
 public:
  // `device` is borrowed and outlives the transport.
  explicit LocalAudioOutputTransport(AudioDevice& device, TransportParams params = {});

 private:
  Status Start() override;
  void Stop() override { device_.StopPlaying(); }
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override;
  Task<Status> WritePiece(std::span<const std::int16_t> samples);
  void OnInterrupted() override { device_.Clear(); }

  AudioDevice& device_;
};

// Both ends at one device.
class LocalAudioTransport {
 public:
  // `device` is borrowed and outlives the transport.
  explicit LocalAudioTransport(AudioDevice& device, const TransportParams& params = {})
      : input_(device, params), output_(device, params) {}

  LocalAudioInputTransport& input() { return input_; }
  LocalAudioOutputTransport& output() { return output_; }

 private:
  LocalAudioInputTransport input_;
  LocalAudioOutputTransport output_;
};

}  // namespace repartee
