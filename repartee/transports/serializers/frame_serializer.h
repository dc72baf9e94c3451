// FrameSerializer: what frames look like to one kind of client: bytes of a message each
// way. A websocket transport has one and asks it for every frame and every message.
//
// Knows no socket and no clock. Thread: the conversation's loop; one a conversation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/status.h"
#include "repartee/frames/frame.h"
#include "repartee/net/http.h"

namespace repartee {

enum class WireMessageKind : std::uint8_t {
  kText,
  kBinary
};

struct WireMessage {
  WireMessageKind kind = WireMessageKind::kBinary;
  std::string bytes;
};

class FrameSerializer {
 public:
  virtual ~FrameSerializer() = default;

  // Before the first frame, with the pipeline's rates in Hz.
  virtual Status SetUp(int /*audio_in_rate_hz*/, int /*audio_out_rate_hz*/) { return OkStatus(); }

  // Nothing: this kind of client is not told of such frames.
  virtual std::optional<WireMessage> Serialize(const Frame& frame) = 0;

  // Null: the message means nothing to a pipeline. Malformed names the fault; the message is dropped and the
  // connection goes on.
  virtual Result<Ref<Frame>> Deserialize(WireMessageKind kind, std::string_view bytes) = 0;

  // There is somebody to speak to. Telephone companies first say whose call it is.
  virtual bool ready() const { return true; }
  // The other side has said that this is the end, though its connection may stay for a while.
  virtual bool over() const { return false; }

  // What ends the call itself, for lines that a closed websocket leaves open; its target is a whole URL.
  // Nothing: closing the websocket is enough.
  virtual std::optional<HttpRequest> HangUp() const { return std::nullopt; }
};

}  // namespace repartee
