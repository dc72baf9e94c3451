// The media streams of Twilio, Telnyx, Plivo, Exotel and Vonage. Ids that are left empty are taken from the
// company's own first event. Thread: the conversation's loop.
#pragma once

#include <string>

#include "repartee/transports/serializers/telephony_base.h"

namespace repartee {

class TwilioFrameSerializer final : public TelephonySerializer {
 public:
  explicit TwilioFrameSerializer(std::string stream_sid = {}, TelephonyParams params = {})
      : TelephonySerializer(params, TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw),
        stream_sid_(std::move(stream_sid)) {}

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  void TakeEvent(const Json& event) override;
  std::string stream_sid_;
};

class TelnyxFrameSerializer final : public TelephonySerializer {
 public:
  // The encodings are named as the caller sees them: what comes in for the caller is what the bot says.
  // PCMU or PCMA.
  TelnyxFrameSerializer(TelephonyEncoding inbound_encoding, TelephonyEncoding outbound_encoding,
                        TelephonyParams params = {})
      : TelephonySerializer(params, inbound_encoding, outbound_encoding) {}

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
};

class PlivoFrameSerializer final : public TelephonySerializer {
 public:
  explicit PlivoFrameSerializer(std::string stream_id = {}, TelephonyParams params = {})
      : TelephonySerializer(params, TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw),
        stream_id_(std::move(stream_id)) {}

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  void TakeEvent(const Json& event) override;
  std::string stream_id_;
};

class ExotelFrameSerializer final : public TelephonySerializer {
 public:
  explicit ExotelFrameSerializer(std::string stream_sid = {}, TelephonyParams params = {})
      : TelephonySerializer(params, TelephonyEncoding::kLinear16, TelephonyEncoding::kLinear16),
        stream_sid_(std::move(stream_sid)) {}

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  void TakeEvent(const Json& event) override;
  std::string stream_sid_;
};

// Sound is binary here, at 16 kHz.
class VonageFrameSerializer final : public TelephonySerializer {
 public:
  explicit VonageFrameSerializer(TelephonyParams params = DefaultParams())
      : TelephonySerializer(params, TelephonyEncoding::kLinear16, TelephonyEncoding::kLinear16) {}
  static TelephonyParams DefaultParams() {
    TelephonyParams params;
    params.line_rate = 16000;
    return params;
  }

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  std::optional<WireMessage> AudioMessage(std::string encoded) const override;
  Ref<Frame> TakeBinary(std::string_view bytes) override { return TakeSound(bytes); }
  std::optional<std::string> PressedKey(const Json& event) const override;
};

}  // namespace repartee
