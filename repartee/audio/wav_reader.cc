#include <algorithm>
#include <bit>
#include <filesystem>
#include <optional>
#include <sstream>

#include "repartee/audio/g711.h"
#include "repartee/audio/pcm.h"
#include "repartee/audio/wav.h"

namespace repartee {
namespace {

using Byte = unsigned char;
using Decode = std::int16_t (*)(const Byte*);

constexpr int kMaxChunks = 1000;
constexpr std::uint64_t kChunkHeaderBytes = 8;

constexpr unsigned kPcm = 1;
constexpr unsigned kFloat = 3;
constexpr unsigned kAlaw = 6;
constexpr unsigned kUlaw = 7;
constexpr unsigned kExtensible = 0xFFFE;

struct Format {
  int rate_hz = 0;
  int channels = 0;
  std::size_t sample_bytes = 0;
  Decode decode = nullptr;
};

struct Layout {  // the stream stands at the first sample
  Format format;
  std::uint64_t frames = 0;
};

std::uint32_t Little(const Byte* bytes, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  return value;
}

std::int16_t Decode8(const Byte* b) { return static_cast<std::int16_t>((b[0] - 128) * 256); }
std::int16_t Decode16(const Byte* b) { return static_cast<std::int16_t>(Little(b, 2)); }
// The lower bits are cut off: they lie below what 16 bits can hold.
std::int16_t Decode24(const Byte* b) { return Decode16(b + 1); }
std::int16_t Decode32(const Byte* b) { return Decode16(b + 2); }
std::int16_t DecodeFloat(const Byte* b) { return FloatToInt16(std::bit_cast<float>(Little(b, 4))); }
std::int16_t DecodeDouble(const Byte* b) {
  const double value = std::bit_cast<double>(Little(b, 4) | std::uint64_t{Little(b + 4, 4)} << 32);
  // Clamped first: out of range, a conversion to float is undefined. NaN stays NaN.
  return FloatToInt16(static_cast<float>(std::clamp(value, -1.0, 1.0)));
}
std::int16_t DecodeUlawByte(const Byte* b) { return DecodeUlawSample(b[0]); }
std::int16_t DecodeAlawByte(const Byte* b) { return DecodeAlawSample(b[0]); }

Decode DecodeFor(unsigned tag, std::size_t sample_bytes) {
  if (tag == kUlaw) return sample_bytes == 1 ? DecodeUlawByte : nullptr;
  if (tag == kAlaw) return sample_bytes == 1 ? DecodeAlawByte : nullptr;
  if (tag == kFloat) return sample_bytes == 4 ? DecodeFloat : sample_bytes == 8 ? DecodeDouble : nullptr;
  switch (sample_bytes) {
    case 1: return Decode8;
    case 2: return Decode16;
    case 3: return Decode24;
    case 4: return Decode32;
    default: return nullptr;
  }
}

std::string_view CodecName(unsigned tag) {
  switch (tag) {
    case 0x02: return "Microsoft ADPCM";
    case 0x11: return "IMA ADPCM";
    case 0x31: return "GSM 6.10";
    case 0x40: return "G.721 ADPCM";
    case 0x50: return "MPEG";
    case 0x55: return "MP3";
    default: return "an unknown codec";
  }
}

// What a file that is no WAV begins with, for those that people mistake for one.
std::string_view OtherKind(std::string_view head) {
  if (head.starts_with("fLaC")) return "a FLAC file";
  if (head.starts_with("OggS")) return "an Ogg file";
  if (head.starts_with("ID3") || head.starts_with("\xFF\xFB")) return "an MP3 file";
  if (head.starts_with("FORM")) return "an AIFF file";
  if (head.starts_with("RF64") || head.starts_with("BW64")) return "a 64-bit WAV file";
  if (head.starts_with("RIFX")) return "a big-endian WAV file";
  if (head.starts_with("RIFF")) return "a RIFF file without sound";
  if (head.substr(4).starts_with("ftyp")) return "an MP4 file";
  return "";
}

Status NotWav(std::string_view head) {
  const std::string_view kind = OtherKind(head);
  if (kind.empty()) return Status::InvalidArgument("not a WAV file: it does not begin with RIFF and WAVE");
  return Status::InvalidArgument("not a WAV file but {}; convert it to 16-bit PCM WAV", kind);
}

std::string PrintableId(const Byte* id) {
  std::string text(4, '?');
  for (std::size_t i = 0; i < 4; ++i) {
    if (id[i] >= 0x20 && id[i] < 0x7F) text[i] = static_cast<char>(id[i]);
  }
  return text;
}

bool ReadBytes(std::istream& in, Byte* bytes, std::size_t count) {
  in.read(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(count));
  return in.gcount() == static_cast<std::streamsize>(count);
}

// The codec's number; of an extensible format the one inside.
Result<unsigned> CodecTag(std::span<const Byte> chunk) {
  const unsigned tag = Little(chunk.data(), 2);
  if (tag != kExtensible) return tag;
  if (chunk.size() < 40) {
    return Status::Malformed("the extensible 'fmt ' chunk has {} bytes, it needs 40", chunk.size());
  }
  return static_cast<unsigned>(Little(chunk.data() + 24, 2));
}

Result<Format> ParseFormat(std::span<const Byte> chunk) {
  if (chunk.size() < 16) return Status::Malformed("the 'fmt ' chunk has {} bytes, it needs 16", chunk.size());
  const Result<unsigned> tag = CodecTag(chunk);
  if (!tag.ok()) return tag.status();
  if (*tag != kPcm && *tag != kFloat && *tag != kAlaw && *tag != kUlaw) {
    return Status::InvalidArgument(
        "the sound is coded with {} (format {:#06x}); convert it to 16-bit PCM WAV", CodecName(*tag), *tag);
  }
  const std::uint32_t channels = Little(chunk.data() + 2, 2);
  const std::uint32_t rate_hz = Little(chunk.data() + 4, 4);
  const std::uint32_t block_bytes = Little(chunk.data() + 12, 2);
  const std::uint32_t bits = Little(chunk.data() + 14, 2);
  if (channels < 1 || channels > kMaxWavChannels) {
    return Status::InvalidArgument("{} channels; 1 to {} can be read", channels, kMaxWavChannels);
  }
  if (rate_hz < kMinWavRateHz || rate_hz > kMaxWavRateHz) {
    return Status::InvalidArgument("sample rate {} Hz; {} to {} Hz can be read", rate_hz, kMinWavRateHz,
                                   kMaxWavRateHz);
  }
  const std::size_t sample_bytes = (bits + 7) / 8;
  const Decode decode = DecodeFor(*tag, sample_bytes);
  if (decode == nullptr) {
    return Status::InvalidArgument(
        "{} bits a sample in format {}; PCM of 8 to 32 bits and float of 32 or 64 "
        "can be read",
        bits, *tag);
  }
  if (block_bytes != channels * sample_bytes) {
    return Status::Malformed("the 'fmt ' chunk contradicts itself: {} channels of {} bits are not {} bytes",
                             channels, bits, block_bytes);
  }
  return Format{static_cast<int>(rate_hz), static_cast<int>(channels), sample_bytes, decode};
}

struct DataChunk {
  std::uint64_t declared_bytes;
  std::uint64_t begin;
  std::uint64_t file_bytes;
  std::uint64_t riff_bytes;  // as the file's header says
};

Result<Layout> LayoutOf(const Format& format, const DataChunk& data) {
  const std::uint64_t present = data.file_bytes - data.begin;
  // Programs that write to a pipe put a huge size; those that died before the end left zeros.
  const bool streamed = data.declared_bytes >= 0x7FFF0000 && data.declared_bytes > present;
  const bool unfinished = data.declared_bytes == 0 && data.riff_bytes <= data.begin;
  const std::uint64_t bytes = streamed || unfinished ? present : data.declared_bytes;
  if (bytes > present) {
    return Status::Malformed("cut off: the sound should have {} bytes, {} are there; copy the file again",
                             bytes, present);
  }
  const std::uint64_t frames = bytes / (format.sample_bytes * static_cast<std::uint64_t>(format.channels));
  if (frames == 0) return Status::InvalidArgument("there is no sound in it");
  return Layout{format, frames};
}

Result<Layout> ReadChunks(std::istream& in, std::uint64_t file_bytes, std::uint64_t riff_bytes) {
  std::optional<Format> format;
  std::uint64_t at = 12;
  for (int i = 0; i < kMaxChunks; ++i) {
    Byte head[kChunkHeaderBytes];
    in.seekg(static_cast<std::streamoff>(at));
    if (!ReadBytes(in, head, sizeof head)) {
      return Status::Malformed("it ends before its '{}' chunk", format ? "data" : "fmt ");
    }
    const std::string id = PrintableId(head);
    const std::uint64_t size = Little(head + 4, 4);
    const std::uint64_t begin = at + kChunkHeaderBytes;
    if (id == "data") {
      if (!format) return Status::Malformed("the 'data' chunk comes before the 'fmt ' chunk");
      return LayoutOf(*format, {size, begin, file_bytes, riff_bytes});
    }
    if (size > file_bytes - begin) {
      return Status::Malformed("chunk '{}' at byte {} should have {} bytes, {} are there", id, at, size,
                               file_bytes - begin);
    }
    if (id == "fmt ") {
      Byte chunk[40];
      const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(size, sizeof chunk));
      if (!ReadBytes(in, chunk, used)) return Status::Malformed("the 'fmt ' chunk cannot be read");
      Result<Format> parsed = ParseFormat({chunk, used});
      if (!parsed.ok()) return std::move(parsed).status();
      format = *parsed;
    }
    at = begin + size + (size & 1);  // chunks begin at even bytes
  }
  return Status::Malformed("more than {} chunks before the sound", kMaxChunks);
}

Result<Layout> ReadLayout(std::istream& in) {
  in.seekg(0, std::ios::end);
  const std::streamoff end = in.tellg();
  if (end < 0) return Status::InvalidArgument("it cannot be read");
  if (end == 0) return Status::InvalidArgument("the file is empty");
  in.seekg(0);
  Byte head[12] = {};
  const bool whole = ReadBytes(in, head, sizeof head);
  const std::string_view text(reinterpret_cast<const char*>(head), sizeof head);
  if (!whole || !text.starts_with("RIFF") || text.substr(8) != "WAVE") return NotWav(text);
  return ReadChunks(in, static_cast<std::uint64_t>(end), Little(head + 4, 4));
}

Result<WavAudio> ReadAll(Result<WavReader> reader, std::string_view name) {
  if (!reader.ok()) return std::move(reader).status();
  const WavInfo& info = reader->info();
  const std::uint64_t samples = info.frames * static_cast<std::uint64_t>(info.channels);
  if (samples > kMaxWavSamples) {
    return Status::ResourceExhausted(
        "{}: {:.0f} minutes of sound ({} Hz, {} channels) are too long; {} samples are "
        "the limit, two hours at 48000 Hz mono",
        name, info.seconds() / 60, info.rate_hz, info.channels, kMaxWavSamples);
  }
  WavAudio audio{info.rate_hz, info.channels, std::vector<std::int16_t>(samples)};
  const Result<std::size_t> read = reader->Read(audio.samples);
  if (!read.ok()) return read.status();
  return audio;
}

}  // namespace

Result<WavReader> WavReader::Open(const std::string& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::not_found) return Status::NotFound("{}: no such file", path);
  // A pipe or a device would block, and its length is unknown.
  if (kind != std::filesystem::file_type::regular)
    return Status::InvalidArgument("{}: not a regular file", path);
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!file->is_open()) return Status::PermissionDenied("{}: cannot be opened for reading", path);
  return Start(std::move(file), path);
}

Result<WavReader> WavReader::FromBytes(std::string bytes, std::string name) {
  return Start(std::make_unique<std::istringstream>(std::move(bytes), std::ios::binary), std::move(name));
}

Result<WavReader> WavReader::Start(std::unique_ptr<std::istream> in, std::string name) {
  Result<Layout> layout = ReadLayout(*in);
  if (!layout.ok()) return std::move(layout).status().Annotate("{}", name);
  const Format& format = layout->format;
  WavReader reader(std::move(in), std::move(name));
  reader.info_ = {format.rate_hz, format.channels, layout->frames};
  reader.decode_ = format.decode;
  reader.sample_bytes_ = format.sample_bytes;
  reader.samples_left_ = layout->frames * static_cast<std::uint64_t>(format.channels);
  return reader;
}

Result<std::size_t> WavReader::Read(std::span<std::int16_t> samples) {
  constexpr std::size_t kPieceSamples = 8192;
  const std::size_t whole_frames = samples.size() - samples.size() % static_cast<std::size_t>(info_.channels);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(whole_frames, samples_left_));
  std::vector<Byte> piece(std::min(wanted, kPieceSamples) * sample_bytes_);
  for (std::size_t done = 0; done < wanted;) {
    const std::size_t count = std::min(wanted - done, kPieceSamples);
    if (!ReadBytes(*in_, piece.data(), count * sample_bytes_)) {
      samples_left_ = 0;
      return Status::Malformed("{}: the file became shorter while it was read", name_);
    }
    for (std::size_t i = 0; i < count; ++i) samples[done + i] = decode_(piece.data() + i * sample_bytes_);
    done += count;
  }
  samples_left_ -= wanted;
  return wanted;
}

Result<WavAudio> ReadWav(const std::string& path) { return ReadAll(WavReader::Open(path), path); }

Result<WavAudio> ParseWav(std::string bytes, std::string name) {
  Result<WavReader> reader = WavReader::FromBytes(std::move(bytes), name);
  return ReadAll(std::move(reader), name);
}

}  // namespace repartee
