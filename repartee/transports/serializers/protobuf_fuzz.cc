// Any bytes: a frame, nothing or Malformed; and a frame that was read is read the same from its own bytes.
#include <cstdlib>

#include "repartee/transports/serializers/protobuf_frame_serializer.h"
#include "repartee/transports/serializers/protobuf_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  repartee::ProtobufFrameSerializer serializer;
  static_cast<void>(serializer.Deserialize(repartee::WireMessageKind::kBinary, bytes).ok());
  const auto frame = repartee::DecodeWireFrame(bytes);
  if (!frame.ok()) return 0;
  const std::string again = repartee::EncodeWireFrame(*frame);
  const auto same = repartee::DecodeWireFrame(again);
  if (!same.ok() || repartee::EncodeWireFrame(*same) != again) std::abort();
  return 0;
}
