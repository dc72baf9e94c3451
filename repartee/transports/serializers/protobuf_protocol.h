// The protobuf messages of Pipecat's websocket clients (package pipecat, proto3):
//
//   Frame { oneof frame { TextFrame text = 1; AudioRawFrame audio = 2; TranscriptionFrame transcription = 3;
//                         MessageFrame message = 4; InterruptionFrame interruption = 5; } }
//   TextFrame          id = 1, name = 2, text = 3
//   AudioRawFrame      id = 1, name = 2, audio = 3, sample_rate = 4, num_channels = 5, optional pts = 6
//   TranscriptionFrame id = 1, name = 2, text = 3, user_id = 4, timestamp = 5
//   MessageFrame       data = 1: a JSON document
//   InterruptionFrame  id = 1, name = 2
//
// Thread: pure functions; the fields are views and end with the bytes they point into.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee {

struct WireFrame {
  // By the number in the oneof.
  enum class Kind : std::uint8_t {
    kNone,
    kText,
    kAudio,
    kTranscription,
    kMessage,
    kInterruption
  };
  Kind kind = Kind::kNone;
  std::uint64_t id = 0;
  std::string_view name{};
  std::string_view text{};  // of a message: its data
  std::string_view user_id{};
  std::string_view timestamp{};
  std::string_view audio{};  // 16-bit PCM, little-endian
  std::uint32_t sample_rate = 0;
  std::uint32_t num_channels = 0;
  std::optional<std::uint64_t> pts{};
};

// As proto3 writes it: fields that are zero or empty are left out.
std::string EncodeWireFrame(const WireFrame& frame);

// By proto3's rules: unknown fields are passed over, of two members the last wins, equal ones merge. No
// member at all is kNone. Malformed when the bytes are cut or a text is no UTF-8.
Result<WireFrame> DecodeWireFrame(std::string_view bytes);

}  // namespace repartee
