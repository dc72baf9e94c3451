#include "repartee/audio/opus/ogg_opus.h"

#include <opusenc.h>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace repartee {
namespace {

constexpr int kBitsPerChannel = 24'000;  // a second
constexpr int kComplexity = 5;           // of 10: conversations go on beside it
constexpr std::size_t kPieceFrames = 1 << 16;

struct CommentsEnd {
  void operator()(OggOpusComments* comments) const { ope_comments_destroy(comments); }
};
struct EncoderEnd {
  void operator()(OggOpusEnc* encoder) const { ope_encoder_destroy(encoder); }
};
using Comments = std::unique_ptr<OggOpusComments, CommentsEnd>;
using Encoder = std::unique_ptr<OggOpusEnc, EncoderEnd>;

Status Failed(const char* what, int error) {
  return Status::Internal("Opus: {}: {}", what, ope_strerror(error));
}

Status WriteAll(OggOpusEnc& encoder, std::span<const std::int16_t> samples, std::size_t channels) {
  while (!samples.empty()) {
    const std::size_t frames = std::min(samples.size() / channels, kPieceFrames);
    if (frames == 0) break;
    const int error = ope_encoder_write(&encoder, samples.data(), static_cast<int>(frames));
    if (error != OPE_OK) return Failed("the sound cannot be written", error);
    samples = samples.subspan(frames * channels);
  }
  const int error = ope_encoder_drain(&encoder);
  return error == OPE_OK ? OkStatus() : Failed("the end cannot be written", error);
}

}  // namespace

Result<std::string> EncodeOggOpus(std::span<const std::int16_t> samples, int rate_hz, int channels) {
  if (channels < 1 || channels > 2 || rate_hz < 8000 || rate_hz > 192'000)
    return Status::InvalidArgument("Opus: {} channels at {} Hz", channels, rate_hz);
  // The library stops the program at the end of a file without sound.
  if (samples.size() < static_cast<std::size_t>(channels)) return Status::InvalidArgument("Opus: no sound");
  std::string file;
  const OpusEncCallbacks into_file{
      .write = [](void* out, const unsigned char* bytes, opus_int32 size) -> int {
        static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes),
                                               static_cast<std::size_t>(size));
        return 0;
      },
      .close = [](void*) -> int { return 0; }};
  const Comments comments(ope_comments_create());
  int error = OPE_OK;
  const Encoder encoder(
      ope_encoder_create_callbacks(&into_file, &file, comments.get(), rate_hz, channels, 0, &error));
  if (!encoder) return Failed("no encoder", error);
  error = ope_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(kBitsPerChannel * channels));
  if (error == OPE_OK) error = ope_encoder_ctl(encoder.get(), OPUS_SET_COMPLEXITY(kComplexity));
  if (error != OPE_OK) return Failed("the encoder's settings", error);
  if (Status status = WriteAll(*encoder, samples, static_cast<std::size_t>(channels)); !status.ok())
    return status;
  return file;
}

}  // namespace repartee
