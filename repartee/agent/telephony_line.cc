#include "repartee/agent/telephony_line.h"

#include <cstdlib>
#include <optional>

#include "repartee/base/json.h"
#include "repartee/transports/serializers/telephony_serializers.h"

namespace repartee {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

template <class Call>
Call WithBaseUrl(Call call, const std::string& base_url) {
  if (!base_url.empty()) call.base_url = base_url;
  return call;
}

// Each: nothing when the line is not to be hung up, or the environment has not all that it takes.
std::optional<TwilioCall> CallAtTwilio(const TelephonyLine& line) {
  TwilioCall call;
  call.account_sid = Variable("TWILIO_ACCOUNT_SID");
  call.auth_token = Variable("TWILIO_AUTH_TOKEN");
  call.api_key = Variable("TWILIO_API_KEY");
  call.api_secret = Variable("TWILIO_API_SECRET");
  const bool has_key = !call.api_key.empty() && !call.api_secret.empty();
  if (!line.hang_up || call.account_sid.empty() || (call.auth_token.empty() && !has_key)) return std::nullopt;
  return WithBaseUrl(std::move(call), line.base_url);
}

std::optional<TelnyxCall> CallAtTelnyx(const TelephonyLine& line) {
  TelnyxCall call;
  call.api_key = Variable("TELNYX_API_KEY");
  if (!line.hang_up || call.api_key.empty()) return std::nullopt;
  return WithBaseUrl(std::move(call), line.base_url);
}

std::optional<PlivoCall> CallAtPlivo(const TelephonyLine& line) {
  PlivoCall call;
  call.auth_id = Variable("PLIVO_AUTH_ID");
  call.auth_token = Variable("PLIVO_AUTH_TOKEN");
  if (!line.hang_up || call.auth_id.empty() || call.auth_token.empty()) return std::nullopt;
  return WithBaseUrl(std::move(call), line.base_url);
}

HttpResponse Xml(const std::string& content) {
  HttpResponse response = HttpResponse::Text(200, R"(<?xml version="1.0" encoding="UTF-8"?>)"
                                                  "\n<Response>" +
                                                      content + "</Response>\n");
  response.headers.Set("Content-Type", "text/xml");
  return response;
}

}  // namespace

int LineRate(const TelephonyLine& line) { return line.company == TelephonyCompany::kVonage ? 16000 : 8000; }

std::unique_ptr<FrameSerializer> NewTelephonySerializer(const TelephonyLine& line) {
  TelephonyParams params;
  params.line_rate = LineRate(line);
  params.await_start = true;
  const TelephonyEncoding encoding = line.alaw ? TelephonyEncoding::kAlaw : TelephonyEncoding::kUlaw;
  switch (line.company) {
    case TelephonyCompany::kTwilio:
      return std::make_unique<TwilioFrameSerializer>("", params, CallAtTwilio(line));
    case TelephonyCompany::kTelnyx:
      return std::make_unique<TelnyxFrameSerializer>(encoding, encoding, params, CallAtTelnyx(line));
    case TelephonyCompany::kPlivo:
      return std::make_unique<PlivoFrameSerializer>("", params, CallAtPlivo(line));
    case TelephonyCompany::kExotel: return std::make_unique<ExotelFrameSerializer>("", params);
    case TelephonyCompany::kVonage: break;
  }
  return std::make_unique<VonageFrameSerializer>(params);
}

Status CheckHangUp(const TelephonyLine& line) {
  switch (line.company) {
    case TelephonyCompany::kTwilio:
      if (CallAtTwilio(line)) return OkStatus();
      return Status::InvalidArgument("to hang up at Twilio set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN");
    case TelephonyCompany::kTelnyx:
      if (CallAtTelnyx(line)) return OkStatus();
      return Status::InvalidArgument("to hang up at Telnyx set TELNYX_API_KEY");
    case TelephonyCompany::kPlivo:
      if (CallAtPlivo(line)) return OkStatus();
      return Status::InvalidArgument("to hang up at Plivo set PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN");
    case TelephonyCompany::kExotel:
    case TelephonyCompany::kVonage: break;
  }
  return OkStatus();
}

HttpResponse AnswerToCall(const TelephonyLine& line, const std::string& websocket_url) {
  switch (line.company) {
    case TelephonyCompany::kTwilio: return Xml("<Connect><Stream url=\"" + websocket_url + "\"/></Connect>");
    case TelephonyCompany::kTelnyx:
      return Xml("<Connect><Stream url=\"" + websocket_url +
                 "\" bidirectionalMode=\"rtp\" bidirectionalCodec=\"" + (line.alaw ? "PCMA" : "PCMU") +
                 "\"/></Connect>");
    case TelephonyCompany::kPlivo:
      return Xml(
          "<Stream bidirectional=\"true\" keepCallAlive=\"true\" contentType=\"audio/x-mulaw;rate=8000\">" +
          websocket_url + "</Stream>");
    case TelephonyCompany::kExotel: return HttpResponse::Json(200, Json{{"url", websocket_url}}.dump());
    case TelephonyCompany::kVonage: break;
  }
  const Json endpoint{
      {"type", "websocket"}, {"uri", websocket_url}, {"content-type", "audio/l16;rate=16000"}};
  const Json connect{{"action", "connect"}, {"endpoint", Json::array({endpoint})}};
  return HttpResponse::Json(200, Json::array({connect}).dump());
}

}  // namespace repartee
