// ProtobufFrameSerializer: frames for Pipecat's own websocket clients.
//
// Sent are exactly TextFrame, OutputAudioRawFrame, TranscriptionFrame, InterruptionFrame and both kinds of
// transport messages, never their subclasses. A received frame gets an id of its own, since ids are unique
// in the process whatever a client says. Thread: the conversation's loop.
#pragma once

#include "repartee/transports/serializers/frame_serializer.h"

namespace repartee {

struct ProtobufSerializerOptions {
  // Pipecat's newest JavaScript client cannot read it and logs an error each time; other clients drop by it
  // what they have buffered.
  bool send_interruptions = true;
};

class ProtobufFrameSerializer final : public FrameSerializer {
 public:
  explicit ProtobufFrameSerializer(ProtobufSerializerOptions options = {}) : options_(options) {}

  std::optional<WireMessage> Serialize(const Frame& frame) override;
  // Malformed: bytes that are no protobuf, a text that is no UTF-8, audio without rate or channels. A message
  // whose data is no JSON is nothing.
  Result<Ref<Frame>> Deserialize(WireMessageKind kind, std::string_view bytes) override;

 private:
  const ProtobufSerializerOptions options_;
};

}  // namespace repartee
