// What every transport can be told. Rates of 0 mean the pipeline's.
// Thread: immutable once given.
#pragma once

#include <memory>

#include "repartee/audio/audio_filter.h"
#include "repartee/audio/audio_mixer.h"
#include "repartee/base/clock.h"

namespace repartee {

struct TransportParams {
  bool audio_in_enabled = false;
  int audio_in_sample_rate = 0;  // Hz
  int audio_in_channels = 1;
  // False: silent until an InputTransportStartAudioStreamingFrame comes (when the client is ready).
  bool audio_in_stream_on_start = true;
  // False: the audio ends at the transport.
  bool audio_in_passthrough = true;
  // Of one transport; shared with the program, which may keep hold of it. Null: none.
  std::shared_ptr<BaseAudioFilter> audio_in_filter{};

  bool audio_out_enabled = false;
  int audio_out_sample_rate = 0;  // Hz
  int audio_out_channels = 1;
  int audio_out_10ms_chunks = 4;  // what is written at once, in units of 10 ms
  float audio_out_volume = 1.0f;  // linear, clipped
  // Shared like audio_in_filter.
  std::shared_ptr<BaseAudioFilter> audio_out_filter{};
  std::shared_ptr<BaseAudioMixer> audio_out_mixer{};
  // Silence behind the last words, so that no speaker cuts them off.
  Nanos audio_out_end_silence = std::chrono::seconds(2);
  // A write that takes longer makes the transport unusable.
  Nanos audio_out_write_timeout = std::chrono::seconds(10);
};

}  // namespace repartee
