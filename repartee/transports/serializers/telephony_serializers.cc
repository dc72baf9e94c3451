#include "repartee/transports/serializers/telephony_serializers.h"

#include <utility>

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

}  // namespace

Json TwilioFrameSerializer::AudioEvent(std::string payload) const {
  return {{"event", "media"}, {"streamSid", stream_sid_}, {"media", Json{{"payload", std::move(payload)}}}};
}
Json TwilioFrameSerializer::ClearEvent() const { return {{"event", "clear"}, {"streamSid", stream_sid_}}; }
void TwilioFrameSerializer::TakeEvent(const Json& event) { LearnStream(event, "streamSid", stream_sid_); }

Json TelnyxFrameSerializer::AudioEvent(std::string payload) const {
  return {{"event", "media"}, {"media", Json{{"payload", std::move(payload)}}}};
}
Json TelnyxFrameSerializer::ClearEvent() const { return Json{{"event", "clear"}}; }

Json PlivoFrameSerializer::AudioEvent(std::string payload) const {
  const Json media{
      {"contentType", "audio/x-mulaw"}, {"sampleRate", line_rate()}, {"payload", std::move(payload)}};
  return {{"event", "playAudio"}, {"media", media}, {"streamId", stream_id_}};
}
Json PlivoFrameSerializer::ClearEvent() const { return {{"event", "clearAudio"}, {"streamId", stream_id_}}; }
void PlivoFrameSerializer::TakeEvent(const Json& event) { LearnStream(event, "streamId", stream_id_); }

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
