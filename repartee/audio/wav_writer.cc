// The file: "RIFF", u32 size of what follows; "WAVE"; "fmt ", u32 16, u16 1 (PCM), u16 channels, u32 rate,
// u32 bytes a second, u16 bytes a frame, u16 16 (bits); "data", u32 size; the samples. Little-endian.
#include <cerrno>
#include <system_error>

#include "repartee/audio/wav.h"

namespace repartee {
namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::uint64_t kMaxDataBytes = 0xFFFFFFFF - kHeaderBytes;

void Put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
}

std::string Header(std::uint64_t data_bytes, int rate_hz, int channels) {
  const auto rate = static_cast<std::uint64_t>(rate_hz);
  const auto frame_bytes = static_cast<std::uint64_t>(channels) * 2;
  std::string out = "RIFF";
  Put(out, kHeaderBytes - 8 + data_bytes, 4);
  out += "WAVEfmt ";
  Put(out, 16, 4);
  Put(out, 1, 2);
  Put(out, static_cast<std::uint64_t>(channels), 2);
  Put(out, rate, 4);
  Put(out, rate * frame_bytes, 4);
  Put(out, frame_bytes, 2);
  Put(out, 16, 2);
  out += "data";
  Put(out, data_bytes, 4);
  return out;
}

void PutSamples(std::string& out, std::span<const std::int16_t> samples) {
  for (const std::int16_t sample : samples) Put(out, static_cast<std::uint16_t>(sample), 2);
}

Status WriteFailed(const std::string& path) {
  const int code = errno;
  const std::string reason = code != 0 ? std::generic_category().message(code) : "write failed";
  if (code == ENOSPC || code == EDQUOT)
    return Status::ResourceExhausted("{}: cannot be written: {}", path, reason);
  return Status::Unavailable("{}: cannot be written: {}", path, reason);
}

}  // namespace

std::string EncodeWav(std::span<const std::int16_t> samples, int rate_hz, int channels) {
  std::string out = Header(samples.size_bytes(), rate_hz, channels);
  out.reserve(out.size() + samples.size_bytes());
  PutSamples(out, samples);
  return out;
}

Result<WavWriter> WavWriter::Create(const std::string& path, int rate_hz, int channels) {
  if (rate_hz < kMinWavRateHz || rate_hz > kMaxWavRateHz || channels < 1 || channels > kMaxWavChannels) {
    return Status::InvalidArgument("{}: cannot write {} Hz with {} channels", path, rate_hz, channels);
  }
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!out.is_open()) return WriteFailed(path);
  WavWriter writer(std::move(out), path, rate_hz, channels);
  if (Status written = writer.UpdateHeader(); !written.ok()) return written;
  return writer;
}

WavWriter::WavWriter(std::ofstream out, std::string path, int rate_hz, int channels)
    : out_(std::move(out)), path_(std::move(path)), rate_hz_(rate_hz), channels_(channels) {}

WavWriter::~WavWriter() { (void)Close(); }

Status WavWriter::Write(std::span<const std::int16_t> samples) {
  if (!out_.is_open()) return Status::FailedPrecondition("{}: written to after Close", path_);
  if (samples.size() % static_cast<std::size_t>(channels_) != 0) {
    return Status::InvalidArgument("{}: {} samples are not whole frames of {} channels", path_,
                                   samples.size(), channels_);
  }
  if (data_bytes_ + samples.size_bytes() > kMaxDataBytes) {
    return Status::ResourceExhausted("{}: a WAV file ends at 4 GB", path_);
  }
  std::string bytes;
  bytes.reserve(samples.size_bytes());
  PutSamples(bytes, samples);
  errno = 0;
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out_) return WriteFailed(path_);
  data_bytes_ += samples.size_bytes();
  const auto second_bytes = static_cast<std::uint64_t>(rate_hz_) * static_cast<std::uint64_t>(channels_) * 2;
  return data_bytes_ - header_bytes_said_ >= second_bytes ? UpdateHeader() : OkStatus();
}

// The samples go to disk before the sizes that tell of them.
Status WavWriter::UpdateHeader() {
  errno = 0;
  out_.flush();
  out_.seekp(0);
  out_ << Header(data_bytes_, rate_hz_, channels_);
  out_.seekp(0, std::ios::end);
  out_.flush();
  if (!out_) return WriteFailed(path_);
  header_bytes_said_ = data_bytes_;
  return OkStatus();
}

Status WavWriter::Close() {
  if (!out_.is_open()) return OkStatus();
  Status status = out_ ? UpdateHeader() : Status::Unavailable("{}: an earlier write failed", path_);
  errno = 0;
  out_.close();
  if (status.ok() && !out_) status = WriteFailed(path_);
  return status;
}

}  // namespace repartee
