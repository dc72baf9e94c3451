#include "repartee/transports/serializers/protobuf_protocol.h"

#include <bit>
#include <cstddef>

#include "repartee/otel/wire/protobuf_writer.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee {
namespace {

using Kind = WireFrame::Kind;
using otel::ProtobufWriter;
using otel::internal::WireField;
using otel::internal::WireReader;

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kBytes = 2;
constexpr std::size_t kHeadBytes = 11;  // a tag and a length, at most

// How many bytes a ProtobufWriter would write. Fields under 16, whose tags are one byte.
class SizeCounter {
 public:
  void Varint(std::uint32_t /*field*/, std::uint64_t value) { size_ += 1 + VarintSize(value); }
  void Bytes(std::uint32_t /*field*/, std::string_view bytes) {
    size_ += 1 + VarintSize(bytes.size()) + bytes.size();
  }
  std::size_t size() const { return size_; }

 private:
  static std::size_t VarintSize(std::uint64_t value) {
    return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
  }

  std::size_t size_ = 0;
};

template <class Writer>
void PutNumber(Writer& writer, std::uint32_t field, std::uint64_t value) {
  if (value != 0) writer.Varint(field, value);
}
template <class Writer>
void PutText(Writer& writer, std::uint32_t field, std::string_view text) {
  if (!text.empty()) writer.Bytes(field, text);
}

template <class Writer>
void PutBody(Writer& writer, const WireFrame& frame) {
  if (frame.kind == Kind::kMessage) return PutText(writer, 1, frame.text);
  PutNumber(writer, 1, frame.id);
  PutText(writer, 2, frame.name);
  switch (frame.kind) {
    case Kind::kText: return PutText(writer, 3, frame.text);
    case Kind::kAudio:
      PutText(writer, 3, frame.audio);
      PutNumber(writer, 4, frame.sample_rate);
      PutNumber(writer, 5, frame.num_channels);
      if (frame.pts) writer.Varint(6, *frame.pts);
      return;
    case Kind::kTranscription:
      PutText(writer, 3, frame.text);
      PutText(writer, 4, frame.user_id);
      return PutText(writer, 5, frame.timestamp);
    default: return;
  }
}

// Where a text field of this number belongs; null for numbers that this member does not have.
std::string_view* TextField(WireFrame& frame, std::uint32_t number) {
  if (frame.kind == Kind::kMessage) return number == 1 ? &frame.text : nullptr;
  if (number == 2) return &frame.name;
  const bool has_text = frame.kind == Kind::kText || frame.kind == Kind::kTranscription;
  if (number == 3 && has_text) return &frame.text;
  if (frame.kind != Kind::kTranscription) return nullptr;
  if (number == 4) return &frame.user_id;
  return number == 5 ? &frame.timestamp : nullptr;
}

void TakeNumber(WireFrame& frame, const WireField& field) {
  if (frame.kind == Kind::kMessage) return;
  if (field.number == 1) frame.id = field.value;
  if (frame.kind != Kind::kAudio) return;
  if (field.number == 4) frame.sample_rate = static_cast<std::uint32_t>(field.value);
  if (field.number == 5) frame.num_channels = static_cast<std::uint32_t>(field.value);
  if (field.number == 6) frame.pts = field.value;
}

// Fields go into what an earlier member of the same kind has left.
Status TakeMember(WireFrame& frame, std::string_view bytes) {
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.type == kVarint) {
      TakeNumber(frame, field);
    } else if (field.type == kBytes && frame.kind == Kind::kAudio && field.number == 3) {
      frame.audio = field.bytes;
    } else if (std::string_view* const text = TextField(frame, field.number); text && field.type == kBytes) {
      if (!otel::IsValidUtf8(field.bytes)) {
        return Status::Malformed("field {} of a frame is no UTF-8", field.number);
      }
      *text = field.bytes;
    }
  }
  return reader.broken() ? Status::Malformed("inside a frame: {}", reader.fault()) : OkStatus();
}

}  // namespace

std::string EncodeWireFrame(const WireFrame& frame) {
  std::string bytes;
  if (frame.kind == Kind::kNone) return bytes;
  SizeCounter body;
  PutBody(body, frame);
  bytes.reserve(body.size() + kHeadBytes);
  ProtobufWriter writer(bytes);
  writer.MessageOfSize(static_cast<std::uint32_t>(frame.kind), body.size(), [&] { PutBody(writer, frame); });
  return bytes;
}

Result<WireFrame> DecodeWireFrame(std::string_view bytes) {
  WireFrame frame;
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.type != kBytes || field.number > static_cast<std::uint32_t>(Kind::kInterruption)) continue;
    const auto kind = static_cast<Kind>(field.number);
    if (kind != frame.kind) frame = WireFrame{.kind = kind};
    if (Status status = TakeMember(frame, field.bytes); !status.ok()) return status;
  }
  if (reader.broken()) return Status::Malformed("not a protobuf frame: {}", reader.fault());
  return frame;
}

}  // namespace repartee
