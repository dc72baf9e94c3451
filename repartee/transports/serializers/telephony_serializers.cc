#include "repartee/transports/serializers/telephony_serializers.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "repartee/base/encoding.h"

namespace repartee {
namespace {

// What a start event says under this key: below "start", or on top.
Json Said(const Json& event, const char* key) {
  const auto start = event.find("start");
  const bool below = start != event.end() && start->is_object() && start->contains(key);
  return below ? (*start)[key] : event.value(key, Json());
}

// An id that was given stays.
void Learn(const Json& event, const char* key, std::string& id) {
  const Json found = Said(event, key);
  if (id.empty() && found.is_string()) id = found;
}

// A number, or a text of one; 0 if it is neither.
int RateIn(const Json& value) {
  if (value.is_number_integer())
    return static_cast<int>(std::clamp<std::int64_t>(value.get<std::int64_t>(), 0, 1 << 20));
  if (!value.is_string()) return 0;
  const auto& text = value.get_ref<const std::string&>();
  int rate = 0;
  std::from_chars(text.data(), text.data() + text.size(), rate);
  return rate;
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
void TwilioFrameSerializer::TakeStart(const Json& event) {
  Learn(event, "streamSid", stream_sid_);
  if (call_) Learn(event, "callSid", call_->call_sid);
}

// ---------------------------------------------------------------- Telnyx

Status TelnyxFrameSerializer::SetUp(int audio_in_rate_hz, int audio_out_rate_hz) {
  const bool has_id = call_ && (awaits_start() || !call_->call_control_id.empty());
  if (call_ && (!has_id || call_->api_key.empty())) {
    return Status::InvalidArgument("Telnyx: to hang up takes call_control_id and api_key");
  }
  return TelephonySerializer::SetUp(audio_in_rate_hz, audio_out_rate_hz);
}

std::optional<HttpRequest> TelnyxFrameSerializer::HangUp() const {
  if (!call_ || call_->call_control_id.empty()) return std::nullopt;
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
void TelnyxFrameSerializer::TakeStart(const Json& event) {
  if (call_) Learn(event, "call_control_id", call_->call_control_id);
  const Json format = Said(event, "media_format");
  const Json encoding = format.is_object() ? format.value("encoding", Json()) : Json();
  if (encoding == "PCMU") SetEncodingFromLine(TelephonyEncoding::kUlaw);
  if (encoding == "PCMA") SetEncodingFromLine(TelephonyEncoding::kAlaw);
}

// ---------------------------------------------------------------- Plivo

Status PlivoFrameSerializer::SetUp(int audio_in_rate_hz, int audio_out_rate_hz) {
  const bool has_id = call_ && (awaits_start() || !call_->call_id.empty());
  if (call_ && (!has_id || call_->auth_id.empty() || call_->auth_token.empty())) {
    return Status::InvalidArgument("Plivo: to hang up takes auth_id, auth_token and call_id");
  }
  return TelephonySerializer::SetUp(audio_in_rate_hz, audio_out_rate_hz);
}

std::optional<HttpRequest> PlivoFrameSerializer::HangUp() const {
  if (!call_ || call_->call_id.empty()) return std::nullopt;
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
void PlivoFrameSerializer::TakeStart(const Json& event) {
  Learn(event, "streamId", stream_id_);
  if (call_) Learn(event, "callId", call_->call_id);
}

// ---------------------------------------------------------------- Exotel, Vonage

Json ExotelFrameSerializer::AudioEvent(std::string payload) const {
  return {{"event", "media"}, {"stream_sid", stream_sid_}, {"media", Json{{"payload", std::move(payload)}}}};
}
Json ExotelFrameSerializer::ClearEvent() const { return {{"event", "clear"}, {"stream_sid", stream_sid_}}; }
void ExotelFrameSerializer::TakeStart(const Json& event) {
  Learn(event, "stream_sid", stream_sid_);
  const Json format = Said(event, "media_format");
  if (format.is_object()) SetLineRate(RateIn(format.value("sample_rate", Json())));
}

Json VonageFrameSerializer::AudioEvent(std::string payload) const {
  return Json{{"payload", std::move(payload)}};
}
Json VonageFrameSerializer::ClearEvent() const { return Json{{"action", "clear"}}; }
// "audio/l16;rate=8000"
void VonageFrameSerializer::TakeStart(const Json& event) {
  const Json type = event.value("content-type", Json());
  if (!type.is_string()) return;
  const std::string text = type;
  const std::size_t at = text.find("rate=");
  if (at != std::string::npos) SetLineRate(RateIn(text.substr(at + 5)));
}
std::optional<WireMessage> VonageFrameSerializer::AudioMessage(std::string encoded) const {
  return WireMessage{WireMessageKind::kBinary, std::move(encoded)};
}
std::optional<std::string> VonageFrameSerializer::PressedKey(const Json& event) const {
  if (event.value("event", Json()) != "websocket:dtmf") return std::nullopt;
  const Json digit = event.value("digit", Json());
  return digit.is_string() ? digit.get<std::string>() : std::string();
}

}  // namespace repartee
