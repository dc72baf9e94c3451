// PCM: small helpers on 16-bit samples, the one sample type that flows through the runtime.
//
// Frames hold int16 samples, interleaved when there are several channels; models
// want floats, recordings want two channels, wire formats want bytes.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace repartee {

// What LevelDbfs answers for digital silence and for no samples at all.
inline constexpr float kSilenceDbfs = -100.0f;

// Samples up to this magnitude are silence: codec and dither noise, not a voice.
inline constexpr int kSilenceMagnitude = 20;

// Full scale is -1 to 1.
inline float Int16ToFloat(std::int16_t sample) { return static_cast<float>(sample) / 32768.0f; }
// Rounds, clips; a NaN becomes 0.
std::int16_t FloatToInt16(float value);

std::vector<float> ToFloats(std::span<const std::int16_t> samples);
std::vector<std::int16_t> ToInt16(std::span<const float> values);

// The mean of the channels. `channels` >= 1; an unfinished last frame is ignored.
std::vector<std::int16_t> MixToMono(std::span<const std::int16_t> interleaved, int channels);

// Left, right, left ...: the shorter side is filled up with silence.
std::vector<std::int16_t> InterleaveStereo(std::span<const std::int16_t> left,
                                           std::span<const std::int16_t> right);

// Multiplies in place and clips. `gain` is linear: 1 changes nothing.
void ApplyGain(std::span<std::int16_t> samples, float gain);

// Root mean square against full scale, -100 to 0.
float LevelDbfs(std::span<const std::int16_t> samples);

// True if no sample is louder than kSilenceMagnitude.
bool IsSilence(std::span<const std::int16_t> samples);

}  // namespace repartee
