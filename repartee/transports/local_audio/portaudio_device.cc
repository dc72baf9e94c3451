#include "repartee/transports/local_audio/portaudio_device.h"

#include <fcntl.h>
#include <portaudio.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "repartee/transports/local_audio/sample_ring.h"

namespace repartee {
namespace {

constexpr int kSecondsKept = 2;

constexpr char kInstead[] = "or let a recording speak with --in FILE.wav --out FILE.wav";

Status Refused(const char* what, PaError error) {
  return Status::Unavailable("{} ({}): see whether another program holds it, {}", what,
                             Pa_GetErrorText(error), kInstead);
}

Status Missing(const char* what) {
  return Status::NotFound("no {} was found on this machine: plug one in, {}", what, kInstead);
}

// Sound libraries write to standard error of every card that is not there; one line of ours says it all.
class QuietStderr {
 public:
  QuietStderr() : kept_(dup(STDERR_FILENO)) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~QuietStderr() {
    if (kept_ < 0) return;
    dup2(kept_, STDERR_FILENO);
    close(kept_);
  }
  QuietStderr(const QuietStderr&) = delete;
  QuietStderr& operator=(const QuietStderr&) = delete;

 private:
  const int kept_;
};

class PortAudioDevice final : public AudioDevice {
 public:
  explicit PortAudioDevice(PortAudioOptions options)
      : options_(options),
        recorded_(static_cast<std::size_t>(options.input_rate) * kSecondsKept),
        to_play_(static_cast<std::size_t>(options.output_rate) * kSecondsKept) {}
  ~PortAudioDevice() override {
    const QuietStderr quiet;
    Close(input_);
    Close(output_);
    if (initialized_) Pa_Terminate();
  }

  // Finds both and reserves them, so that a refusal is known before the models are loaded.
  Status Open() {
    const QuietStderr quiet;
    if (const PaError error = Pa_Initialize(); error != paNoError) {
      return Refused("the sound system of this machine cannot be used", error);
    }
    initialized_ = true;
    if (Pa_GetDefaultInputDevice() == paNoDevice) return Missing("microphone");
    if (Pa_GetDefaultOutputDevice() == paNoDevice) return Missing("loudspeaker");
    PaError error = Pa_OpenDefaultStream(&input_, 1, 0, paInt16, options_.input_rate,
                                         paFramesPerBufferUnspecified, &PortAudioDevice::Recorded, this);
    if (error != paNoError) return Refused("the microphone cannot be used", error);
    error = Pa_OpenDefaultStream(&output_, 0, 1, paInt16, options_.output_rate, paFramesPerBufferUnspecified,
                                 &PortAudioDevice::Wanted, this);
    if (error != paNoError) return Refused("the loudspeaker cannot be used", error);
    return OkStatus();
  }

  int input_rate() const override { return options_.input_rate; }
  int output_rate() const override { return options_.output_rate; }

  Status StartRecording() override { return Begin(input_, "the microphone cannot be used"); }
  Status StartPlaying() override { return Begin(output_, "the loudspeaker cannot be used"); }
  void StopRecording() override { Close(input_); }
  void StopPlaying() override { Close(output_); }

  std::size_t Read(std::span<std::int16_t> samples) override { return recorded_.Read(samples); }
  bool Write(std::span<const std::int16_t> samples) override { return to_play_.Write(samples); }
  std::size_t queued() const override { return to_play_.size(); }
  void Clear() override { to_play_.Clear(); }

 private:
  // On the card's thread: neither waits nor allocates.
  static int Recorded(const void* input, void*, unsigned long frames, const PaStreamCallbackTimeInfo*,
                      PaStreamCallbackFlags, void* self) {
    const auto* const samples = static_cast<const std::int16_t*>(input);
    if (samples) static_cast<PortAudioDevice*>(self)->recorded_.Write({samples, frames});
    return paContinue;
  }
  static int Wanted(const void*, void* output, unsigned long frames, const PaStreamCallbackTimeInfo*,
                    PaStreamCallbackFlags, void* self) {
    const std::span<std::int16_t> samples(static_cast<std::int16_t*>(output), frames);
    const std::size_t got = static_cast<PortAudioDevice*>(self)->to_play_.Read(samples);
    std::fill(samples.begin() + static_cast<std::ptrdiff_t>(got), samples.end(), std::int16_t{0});
    return paContinue;
  }

  static Status Begin(PaStream* stream, const char* refused) {
    if (!stream) return Status::Unavailable("{}: it was closed before", refused);
    const QuietStderr quiet;
    const PaError error = Pa_StartStream(stream);
    return error == paNoError ? OkStatus() : Refused(refused, error);
  }
  // What the card still has is not waited for.
  static void Close(PaStream*& stream) {
    if (stream) Pa_CloseStream(std::exchange(stream, nullptr));
  }

  const PortAudioOptions options_;
  SampleRing recorded_;
  SampleRing to_play_;
  bool initialized_ = false;
  PaStream* input_ = nullptr;
  PaStream* output_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<AudioDevice>> OpenPortAudio(PortAudioOptions options) {
  auto device = std::make_unique<PortAudioDevice>(options);
  if (Status status = device->Open(); !status.ok()) return status;
  return std::unique_ptr<AudioDevice>(std::move(device));
}

}  // namespace repartee
