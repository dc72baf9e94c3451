// PortAudioDevice: the machine's default microphone and loudspeakers, by PortAudio.
//
// Thread: as AudioDevice; OpenPortAudio on the main thread, once at a time. The card's own threads
// touch the two rings alone, and neither wait nor allocate.
#pragma once

#include <memory>

#include "repartee/transports/local_audio/audio_device.h"

namespace repartee {

struct PortAudioOptions {
  int input_rate = 16000;   // Hz
  int output_rate = 24000;  // Hz
};

// Both are reserved when it returns. NotFound when there is no microphone or no loudspeaker, Unavailable when
// one cannot be used; each says what to do. Nothing that the sound libraries print reaches standard error.
Result<std::unique_ptr<AudioDevice>> OpenPortAudio(PortAudioOptions options = {});

}  // namespace repartee
