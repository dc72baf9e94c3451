// WAV files: reads what people and recorders make of them, writes plain 16-bit PCM.
//
// Read: 8, 16, 24, 32 bit PCM, 32 and 64 bit float, mu-law and A-law, plain or
// WAVE_FORMAT_EXTENSIBLE, 4000 to 384000 Hz, 1 to 64 channels; other chunks are
// skipped; a header that a stream or a crash left without sizes is read to the end of
// the file. Everything else is an error that names the file, the fault and the cure.
//
// Thread: one at a time. Blocks on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"

namespace repartee {

// What ReadWav holds in memory at most: two hours at 48 kHz, mono (690 MB).
inline constexpr std::uint64_t kMaxWavSamples = 2ull * 3600 * 48000;

// Outside of these a file is taken for broken.
inline constexpr int kMinWavRateHz = 4000;
inline constexpr int kMaxWavRateHz = 384000;
inline constexpr int kMaxWavChannels = 64;

struct WavInfo {
  int rate_hz = 0;
  int channels = 0;
  std::uint64_t frames = 0;  // samples of one channel

  double seconds() const { return static_cast<double>(frames) / rate_hz; }
};

// A whole file: 16-bit, channels interleaved.
struct WavAudio {
  int rate_hz = 0;
  int channels = 0;
  std::vector<std::int16_t> samples;
};

// Reads piece by piece, in constant memory.
class WavReader final {
 public:
  // NotFound, InvalidArgument (a kind of file or sound that is not read) or Malformed (broken).
  static Result<WavReader> Open(const std::string& path);
  // The same from memory; `name` is for the error texts.
  static Result<WavReader> FromBytes(std::string bytes, std::string name);

  const WavInfo& info() const { return info_; }

  // Fills `samples` with whole frames, interleaved; the number of samples read, 0 at the end.
  // Malformed if the file became shorter meanwhile.
  Result<std::size_t> Read(std::span<std::int16_t> samples);

 private:
  using Decode = std::int16_t (*)(const unsigned char*);

  WavReader(std::unique_ptr<std::istream> in, std::string name)
      : in_(std::move(in)), name_(std::move(name)) {}
  static Result<WavReader> Start(std::unique_ptr<std::istream> in, std::string name);

  std::unique_ptr<std::istream> in_;
  std::string name_;
  WavInfo info_;
  Decode decode_ = nullptr;
  std::size_t sample_bytes_ = 0;
  std::uint64_t samples_left_ = 0;
};

// A whole file. Errors as WavReader's; ResourceExhausted above kMaxWavSamples.
Result<WavAudio> ReadWav(const std::string& path);
Result<WavAudio> ParseWav(std::string bytes, std::string name);

// The bytes of a file. `samples` interleaved, less than 4 GB.
std::string EncodeWav(std::span<const std::int16_t> samples, int rate_hz, int channels);

// Writes piece by piece. The header is brought up to date every second of sound, so the file is
// whole up to there if the process dies.
class WavWriter final {
 public:
  // Replaces the file. InvalidArgument on a rate or channels that could not be read back;
  // Unavailable if the file cannot be written.
  static Result<WavWriter> Create(const std::string& path, int rate_hz, int channels);

  WavWriter(WavWriter&&) noexcept = default;
  WavWriter& operator=(WavWriter&&) = delete;
  // Closes; an error is lost, so call Close to hear of it.
  ~WavWriter();

  // Whole frames, interleaved. InvalidArgument if not, FailedPrecondition after Close, ResourceExhausted
  // at 4 GB (the format ends there) and on a full disk.
  Status Write(std::span<const std::int16_t> samples);

  // The second call does nothing.
  Status Close();

 private:
  WavWriter(std::ofstream out, std::string path, int rate_hz, int channels);

  Status UpdateHeader();

  std::ofstream out_;
  std::string path_;
  int rate_hz_;
  int channels_;
  std::uint64_t data_bytes_ = 0;
  std::uint64_t header_bytes_said_ = 0;  // data bytes that the header on disk tells of
};

}  // namespace repartee
