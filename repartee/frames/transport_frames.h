// Transports: connections and messages to and from the client.
// Thread: the conversation's loop.
#pragma once

#include "repartee/base/json.h"
#include "repartee/frames/frame.h"
#include "repartee/frames/message_content.h"

namespace repartee {

template <class Base, FrameType T, class Content>
struct TransportMessage : Base {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit TransportMessage(Content content) : Base(T), message(std::move(content)) {}
  Content message;
};
using InputTransportMessageFrame = TransportMessage<SystemFrame, FrameType::kInputTransportMessage, Json>;
// In order with the audio.
using OutputTransportMessageFrame =
    TransportMessage<DataFrame, FrameType::kOutputTransportMessage, MessageContent>;
// At once.
using OutputTransportMessageUrgentFrame =
    TransportMessage<SystemFrame, FrameType::kOutputTransportMessageUrgent, MessageContent>;

using ClientConnectedFrame = PlainFrame<SystemFrame, FrameType::kClientConnected>;
using BotConnectedFrame = PlainFrame<SystemFrame, FrameType::kBotConnected>;
using OutputTransportReadyFrame = PlainFrame<ControlFrame, FrameType::kOutputTransportReady>;
using InputTransportStartAudioStreamingFrame =
    PlainFrame<ControlFrame, FrameType::kInputTransportStartAudioStreaming>;

}  // namespace repartee
