// The media streams of Twilio, Telnyx, Plivo, Exotel and Vonage. Ids that are left empty are taken from the
// company's start event, as are the rate and the encoding of its sound where it tells them.
//
// With the credentials of a call given, the call is hung up when the conversation ends; without them the
// line stays with whatever the company does next. SetUp refuses credentials that are incomplete.
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>

#include "repartee/transports/serializers/telephony_base.h"

namespace repartee {

struct TwilioCall {
  std::string account_sid{};
  std::string auth_token{};
  // Instead of the token: a key and its secret.
  std::string api_key{};
  std::string api_secret{};
  std::string call_sid{};  // empty: of the start event
  std::string base_url = "https://api.twilio.com";
};

class TwilioFrameSerializer final : public TelephonySerializer {
 public:
  explicit TwilioFrameSerializer(std::string stream_sid = {}, TelephonyParams params = {},
                                 std::optional<TwilioCall> call = {})
      : TelephonySerializer(params, TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw),
        stream_sid_(std::move(stream_sid)),
        call_(std::move(call)) {}

  Status SetUp(int audio_in_rate_hz, int audio_out_rate_hz) override;
  std::optional<HttpRequest> HangUp() const override;

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  void TakeStart(const Json& event) override;
  std::string stream_sid_;
  std::optional<TwilioCall> call_;
};

struct TelnyxCall {
  std::string call_control_id{};
  std::string api_key{};
  std::string base_url = "https://api.telnyx.com";
};

class TelnyxFrameSerializer final : public TelephonySerializer {
 public:
  // The encodings are named as the caller sees them: what comes in for the caller is what the bot says.
  // PCMU or PCMA.
  TelnyxFrameSerializer(TelephonyEncoding inbound_encoding, TelephonyEncoding outbound_encoding,
                        TelephonyParams params = {}, std::optional<TelnyxCall> call = {})
      : TelephonySerializer(params, inbound_encoding, outbound_encoding), call_(std::move(call)) {}

  Status SetUp(int audio_in_rate_hz, int audio_out_rate_hz) override;
  std::optional<HttpRequest> HangUp() const override;

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  void TakeStart(const Json& event) override;
  std::optional<TelnyxCall> call_;
};

struct PlivoCall {
  std::string auth_id{};
  std::string auth_token{};
  std::string call_id{};
  std::string base_url = "https://api.plivo.com";
};

class PlivoFrameSerializer final : public TelephonySerializer {
 public:
  explicit PlivoFrameSerializer(std::string stream_id = {}, TelephonyParams params = {},
                                std::optional<PlivoCall> call = {})
      : TelephonySerializer(params, TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw),
        stream_id_(std::move(stream_id)),
        call_(std::move(call)) {}

  Status SetUp(int audio_in_rate_hz, int audio_out_rate_hz) override;
  std::optional<HttpRequest> HangUp() const override;

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  void TakeStart(const Json& event) override;
  std::string stream_id_;
  std::optional<PlivoCall> call_;
};

class ExotelFrameSerializer final : public TelephonySerializer {
 public:
  explicit ExotelFrameSerializer(std::string stream_sid = {}, TelephonyParams params = {})
      : TelephonySerializer(params, TelephonyEncoding::kLinear16, TelephonyEncoding::kLinear16),
        stream_sid_(std::move(stream_sid)) {}

 private:
  Json AudioEvent(std::string payload) const override;
  Json ClearEvent() const override;
  void TakeStart(const Json& event) override;
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
  void TakeStart(const Json& event) override;
  Ref<Frame> TakeBinary(std::string_view bytes) override { return TakeSound(bytes); }
  std::optional<std::string> PressedKey(const Json& event) const override;
};

}  // namespace repartee
