#include "repartee/transports/serializers/telephony_serializers.h"

#include <utility>

#include "repartee/base/encoding.h"

namespace repartee {
namespace {

// Where a start event names its stream: on top, or below "start".
void LearnStream(const Json& event, const char* key, std::string& id) {
  if (!id.empty() || event.value("event", Json()) != "start") return;
  const auto start = event.find("start");
  const bool below = start != event.end() && start->is_object() && start->contains(key);
  const Json found = below ? (*start)[key] : event.value(key, Json());
  if (found.is_string()) id = found;
}

std::string BasicAuth(const std::string& user, const std::string& password) {
  return "Basic " + Base64Encode(user + ":" + password);
}

HttpRequest Request(const char* method, std::string url, std::string authorization) {
  HttpRequest request;
  request.method = method;
  request.target = std::move(url);
  request.headers.Set("Authorization", std::move(authorization));
  return request;
}

}  // namespace

// ---------------------------------------------------------------- Twilio

Status TwilioFrameSerializer::SetUp(int audio_in_rate_hz, int audio_out_rate_hz) {
  const bool has_key = call_ && !call_->api_key.empty() && !call_->api_secret.empty();
  if (call_ && (call_->account_sid.empty() || (call_->auth_token.empty() && !has_key))) {
    return Status::InvalidArgument(
        "Twilio: to hang up takes account_sid, and auth_token or api_key with api_secret");
  }
  return TelephonySerializer::SetUp(audio_in_rate_hz, audio_out_rate_hz);
}

std::optional<HttpRequest> TwilioFrameSerializer::HangUp() const {
  if (!call_ || call_->call_sid.empty()) return std::nullopt;
  const bool by_key = !call_->api_key.empty() && !call_->api_secret.empty();
  HttpRequest request =
      Request("POST",
              fmt::format("{}/2010-04-01/Accounts/{}/Calls/{}.json", call_->base_url,
                          PercentEncode(call_->account_sid), PercentEncode(call_->call_sid)),
              by_key ? BasicAuth(call_->api_key, call_->api_secret)
                     : BasicAuth(call_->account_sid, call_->auth_token));
  request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  request.body = "Status=completed";
  return request;
}

Json TwilioFrameSerializer::AudioEvent(std::string payload) const {
  return {{"event", "media"}, {"streamSid", stream_sid_}, {"media", Json{{"payload", std::move(payload)}}}};
}
Json TwilioFrameSerializer::ClearEvent() const { return {{"event", "clear"}, {"streamSid", stream_sid_}}; }
void TwilioFrameSerializer::TakeEvent(const Json& event) {
  LearnStream(event, "streamSid", stream_sid_);
  if (call_) LearnStream(event, "callSid", call_->call_sid);
}

// ---------------------------------------------------------------- Telnyx

Status TelnyxFrameSerializer::SetUp(int audio_in_rate_hz, int audio_out_rate_hz) {
  if (call_ && (call_->call_control_id.empty() || call_->api_key.empty())) {
    return Status::InvalidArgument("Telnyx: to hang up takes call_control_id and api_key");
  }
  return TelephonySerializer::SetUp(audio_in_rate_hz, audio_out_rate_hz);
}

std::optional<HttpRequest> TelnyxFrameSerializer::HangUp() const {
  if (!call_) return std::nullopt;
  HttpRequest request = Request(
      "POST",
      fmt::format("{}/v2/calls/{}/actions/hangup", call_->base_url, PercentEncode(call_->call_control_id)),
      "Bearer " + call_->api_key);
  request.headers.Set("Content-Type", "application/json");
  request.body = "{}";
  return request;
}

Json TelnyxFrameSerializer::AudioEvent(std::string payload) const {
  return {{"event", "media"}, {"media", Json{{"payload", std::move(payload)}}}};
}
Json TelnyxFrameSerializer::ClearEvent() const { return Json{{"event", "clear"}}; }

// ---------------------------------------------------------------- Plivo

Status PlivoFrameSerializer::SetUp(int audio_in_rate_hz, int audio_out_rate_hz) {
  if (call_ && (call_->auth_id.empty() || call_->auth_token.empty() || call_->call_id.empty())) {
    return Status::InvalidArgument("Plivo: to hang up takes auth_id, auth_token and call_id");
  }
  return TelephonySerializer::SetUp(audio_in_rate_hz, audio_out_rate_hz);
}

std::optional<HttpRequest> PlivoFrameSerializer::HangUp() const {
  if (!call_) return std::nullopt;
  return Request("DELETE",
                 fmt::format("{}/v1/Account/{}/Call/{}/", call_->base_url, PercentEncode(call_->auth_id),
                             PercentEncode(call_->call_id)),
                 BasicAuth(call_->auth_id, call_->auth_token));
}

Json PlivoFrameSerializer::AudioEvent(std::string payload) const {
  const Json media{
      {"contentType", "audio/x-mulaw"}, {"sampleRate", line_rate()}, {"payload", std::move(payload)}};
  return {{"event", "playAudio"}, {"media", media}, {"streamId", stream_id_}};
}
Json PlivoFrameSerializer::ClearEvent() const { return {{"event", "clearAudio"}, {"streamId", stream_id_}}; }
void PlivoFrameSerializer::TakeEvent(const Json& event) { LearnStream(event, "streamId", stream_id_); }

// ---------------------------------------------------------------- Exotel, Vonage

Json ExotelFrameSerializer::AudioEvent(std::string payload) const {
  return {{"event", "media"}, {"stream_sid", stream_sid_}, {"media", Json{{"payload", std::move(payload)}}}};
}
Json ExotelFrameSerializer::ClearEvent() const { return {{"event", "clear"}, {"stream_sid", stream_sid_}}; }
void ExotelFrameSerializer::TakeEvent(const Json& event) { LearnStream(event, "stream_sid", stream_sid_); }

Json VonageFrameSerializer::AudioEvent(std::string payload) const {
  return Json{{"payload", std::move(payload)}};
}
Json VonageFrameSerializer::ClearEvent() const { return Json{{"action", "clear"}}; }
std::optional<WireMessage> VonageFrameSerializer::AudioMessage(std::string encoded) const {
  return WireMessage{WireMessageKind::kBinary, std::move(encoded)};
}
std::optional<std::string> VonageFrameSerializer::PressedKey(const Json& event) const {
  if (event.value("event", Json()) != "websocket:dtmf") return std::nullopt;
  const Json digit = event.value("digit", Json());
  return digit.is_string() ? digit.get<std::string>() : std::string();
}

}  // namespace repartee
