#include "repartee/audio/resampler.h"

#include <soxr.h>

#include <new>

namespace repartee {
namespace {

constexpr int kLowestRate = 1000;
constexpr int kHighestRate = 768000;
constexpr int kMostChannels = 64;

bool IsRate(int hz) { return hz >= kLowestRate && hz <= kHighestRate; }

}  // namespace

void Resampler::Delete::operator()(soxr* stream) const { soxr_delete(stream); }

Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;
Resampler::~Resampler() = default;

Result<Resampler> Resampler::Create(int from_hz, int to_hz, int channels) {
  if (!IsRate(from_hz) || !IsRate(to_hz)) {
    return Status::InvalidArgument("resampler: cannot change {} Hz to {} Hz; rates go from {} to {} Hz",
                                   from_hz, to_hz, kLowestRate, kHighestRate);
  }
  if (channels < 1 || channels > kMostChannels) {
    return Status::InvalidArgument("resampler: {} channels; 1 to {} are possible", channels, kMostChannels);
  }
  return Resampler(from_hz, to_hz, channels);
}

void Resampler::OpenStream() {
  soxr_io_spec_t samples = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
  // Dither is noise with a random seed: silence would no longer be silence, and no run like another.
  samples.flags = SOXR_NO_DITHER;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  stream_.reset(
      soxr_create(from_hz_, to_hz_, static_cast<unsigned>(channels_), nullptr, &samples, &quality, nullptr));
  // With arguments that Create has checked, memory is all that can lack.
  if (!stream_) throw std::bad_alloc();
}

std::vector<std::int16_t> Resampler::Process(std::span<const std::int16_t> interleaved) {
  const auto width = static_cast<std::size_t>(channels_);
  const std::size_t frames = interleaved.size() / width;
  if (passes_through())
    return {interleaved.begin(), interleaved.begin() + static_cast<std::ptrdiff_t>(frames * width)};
  if (frames == 0) return {};
  if (!stream_) OpenStream();

  // The stream gives in bursts what it held back, so room for the input's own share may not be enough.
  const std::size_t room =
      frames * static_cast<std::size_t>(to_hz_) / static_cast<std::size_t>(from_hz_) + 512;
  std::vector<std::int16_t> output;
  std::size_t read = 0;
  std::size_t written = 0;
  std::size_t done = 0;
  do {
    output.resize((written + room) * width);
    std::size_t taken = 0;
    const char* error = soxr_process(stream_.get(), interleaved.data() + read * width, frames - read, &taken,
                                     output.data() + written * width, room, &done);
    if (error != nullptr) throw std::bad_alloc();
    read += taken;
    written += done;
  } while (read < frames || done == room);
  output.resize(written * width);
  return output;
}

std::vector<std::int16_t> Resampler::Flush() {
  if (!stream_) return {};
  const auto width = static_cast<std::size_t>(channels_);
  constexpr std::size_t kRoom = 4096;
  std::vector<std::int16_t> output;
  std::size_t written = 0;
  std::size_t done = 0;
  do {
    output.resize((written + kRoom) * width);
    if (soxr_process(stream_.get(), nullptr, 0, nullptr, output.data() + written * width, kRoom, &done) !=
        nullptr) {
      throw std::bad_alloc();
    }
    written += done;
  } while (done > 0);
  output.resize(written * width);
  Clear();
  return output;
}

void Resampler::Clear() { stream_.reset(); }

Result<std::vector<std::int16_t>> Resample(std::span<const std::int16_t> interleaved, int from_hz, int to_hz,
                                           int channels) {
  Result<Resampler> resampler = Resampler::Create(from_hz, to_hz, channels);
  if (!resampler.ok()) return std::move(resampler).status();
  std::vector<std::int16_t> output = resampler->Process(interleaved);
  const std::vector<std::int16_t> rest = resampler->Flush();
  output.insert(output.end(), rest.begin(), rest.end());
  return output;
}

}  // namespace repartee
