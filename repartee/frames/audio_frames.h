// Audio, in and out: 16-bit PCM with its rate. Input audio is a system frame (it is
// always now), output audio waits its turn as data. Thread: the conversation's loop.
#pragma once

#include <string>

#include "repartee/base/json.h"
#include "repartee/frames/audio_buffer.h"
#include "repartee/frames/frame.h"

namespace repartee {

// What the user says, as the transport heard it.
struct InputAudioRawFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kInputAudioRaw;
  static constexpr FrameType kLast = FrameType::kUserAudioRaw;
  InputAudioRawFrame(AudioBuffer pcm, int rate_hz, int channels)
      : InputAudioRawFrame(kFirst, std::move(pcm), rate_hz, channels) {}

  AudioBuffer audio;
  int sample_rate;  // Hz
  int num_channels;
  // Samples per channel.
  int num_frames() const { return static_cast<int>(audio.size()) / (2 * num_channels); }

 protected:
  InputAudioRawFrame(FrameType type, AudioBuffer pcm, int rate_hz, int channels)
      : SystemFrame(type), audio(std::move(pcm)), sample_rate(rate_hz), num_channels(channels) {}
};

// The same from a transport with several users.
struct UserAudioRawFrame : InputAudioRawFrame {
  static constexpr FrameType kFirst = FrameType::kUserAudioRaw;
  static constexpr FrameType kLast = kFirst;
  UserAudioRawFrame(AudioBuffer pcm, int rate_hz, int channels, std::string user)
      : InputAudioRawFrame(kFirst, std::move(pcm), rate_hz, channels), user_id(std::move(user)) {}

  std::string user_id;
};

// Audio to be played: music, tones, echoes. Not bot speech.
struct OutputAudioRawFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kOutputAudioRaw;
  static constexpr FrameType kLast = FrameType::kSpeechOutputAudioRaw;
  OutputAudioRawFrame(AudioBuffer pcm, int rate_hz, int channels)
      : OutputAudioRawFrame(kFirst, std::move(pcm), rate_hz, channels) {}

  AudioBuffer audio;
  int sample_rate;  // Hz
  int num_channels;
  int num_frames() const { return static_cast<int>(audio.size()) / (2 * num_channels); }

 protected:
  OutputAudioRawFrame(FrameType type, AudioBuffer pcm, int rate_hz, int channels)
      : DataFrame(type), audio(std::move(pcm)), sample_rate(rate_hz), num_channels(channels) {}
};

// Synthesized speech: playing it counts as the bot speaking.
struct TTSAudioRawFrame : OutputAudioRawFrame {
  static constexpr FrameType kFirst = FrameType::kTTSAudioRaw;
  static constexpr FrameType kLast = kFirst;
  TTSAudioRawFrame(AudioBuffer pcm, int rate_hz, int channels, std::string context = {})
      : OutputAudioRawFrame(kFirst, std::move(pcm), rate_hz, channels), context_id(std::move(context)) {}

  std::string context_id;  // empty: none
};

// From a speech-to-speech service: silence in it is told apart from speech.
struct SpeechOutputAudioRawFrame : OutputAudioRawFrame {
  static constexpr FrameType kFirst = FrameType::kSpeechOutputAudioRaw;
  static constexpr FrameType kLast = kFirst;
  SpeechOutputAudioRawFrame(AudioBuffer pcm, int rate_hz, int channels)
      : OutputAudioRawFrame(kFirst, std::move(pcm), rate_hz, channels) {}
};

// To the audio filter of a transport, or to the mixer of its output: settings (an object), on and off.
template <FrameType T>
struct AudioSettingsFrame : ControlFrame {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit AudioSettingsFrame(Json changes) : ControlFrame(T), settings(std::move(changes)) {}
  Json settings;
};
using FilterUpdateSettingsFrame = AudioSettingsFrame<FrameType::kFilterUpdateSettings>;
using MixerUpdateSettingsFrame = AudioSettingsFrame<FrameType::kMixerUpdateSettings>;
template <FrameType T>
struct AudioEnableFrame : ControlFrame {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit AudioEnableFrame(bool on) : ControlFrame(T), enable(on) {}
  bool enable;
};
using FilterEnableFrame = AudioEnableFrame<FrameType::kFilterEnable>;
using MixerEnableFrame = AudioEnableFrame<FrameType::kMixerEnable>;

// Factors for the output's sound, multiplied with each other; 1 changes nothing.
struct VolumeFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kVolume;
  static constexpr FrameType kLast = kFirst;
  explicit VolumeFrame(float factor) : ControlFrame(kFirst, false), volume(factor) {}
  float volume;
};
struct VolumeGainFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kVolumeGain;
  static constexpr FrameType kLast = kFirst;
  explicit VolumeGainFrame(float factor) : ControlFrame(kFirst, false), gain(factor) {}
  float gain;
};

// To the AudioBufferProcessor.
using AudioBufferStartRecordingFrame = PlainFrame<ControlFrame, FrameType::kAudioBufferStartRecording, false>;
using AudioBufferStopRecordingFrame = PlainFrame<ControlFrame, FrameType::kAudioBufferStopRecording, false>;

}  // namespace repartee
