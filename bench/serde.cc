// serde: Pipecat's protobuf frames, one at a time, through the product's serializer.

#include <algorithm>

#include "bench/benches.h"
#include "bench/chain.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/transports/serializers/protobuf_frame_serializer.h"

namespace repartee::bench {
namespace {

constexpr std::size_t kPcm = 640;  // 20 ms at 16 kHz
constexpr int kBatch = 256;

FramePtr Content(const std::string& kind) {
  if (kind == "audio") return Make<OutputAudioRawFrame>(AudioBuffer::Silence(kPcm), 16000, 1);
  if (kind == "text") return Make<TextFrame>("hello, world");
  if (kind == "transcription") {
    return Make<TranscriptionFrame>("hello, world", "user", "2026-01-01T00:00:00.000+00:00");
  }
  return Make<OutputTransportMessageFrame>(
      Json{{"label", "rtvi-ai"}, {"type", "bot-llm-text"}, {"data", {{"text", "hello, world"}}}});
}

// Of new frames, which are made before the clock starts. Adds what they took to `bytes`.
double EncodeSeconds(ProtobufFrameSerializer& serializer, const SerdeOptions& options, std::size_t& bytes) {
  double seconds = 0;
  std::vector<FramePtr> batch;
  for (int left = options.frames; left > 0; left -= kBatch) {
    batch.clear();
    for (int i = 0; i < std::min(left, kBatch); ++i) batch.push_back(Content(options.kind));
    const double begin = WallSeconds();
    for (const FramePtr& frame : batch) bytes += serializer.Serialize(*frame)->bytes.size();
    seconds += WallSeconds() - begin;
  }
  return seconds;
}

}  // namespace

Report RunSerde(const SerdeOptions& options) {
  Report report{.bench = "serde",
                .params = {{"kind", options.kind}, {"frames", options.frames}, {"repeat", options.repeat}}};
  ProtobufFrameSerializer serializer;
  const FramePtr frame = Content(options.kind);
  const auto wire = serializer.Serialize(*frame);
  report.ok = wire.has_value();
  if (!report.ok) return report;
  std::vector<double> encode;
  std::vector<double> decode;
  for (int pass = 0; pass < options.repeat; ++pass) {
    std::size_t bytes = 0;
    encode.push_back(EncodeSeconds(serializer, options, bytes) * 1e9 / options.frames);
    const double middle = WallSeconds();
    for (int i = 0; i < options.frames; ++i) {
      const auto back = serializer.Deserialize(wire->kind, wire->bytes);
      report.ok = report.ok && back.ok() && *back;
    }
    decode.push_back((WallSeconds() - middle) * 1e9 / options.frames);
    // Ids grow, and with them by some bytes the frames.
    report.ok = report.ok && bytes >= wire->bytes.size() * static_cast<std::size_t>(options.frames);
  }
  report.metrics = {{"encode_ns", Statistics(std::move(encode))},
                    {"decode_ns", Statistics(std::move(decode))},
                    {"wire_bytes", wire->bytes.size()}};
  return report;
}

}  // namespace repartee::bench
