// TelephonyLine: a telephone company whose media streams the agent answers, and at which path.
//
// Calls are hung up at the end of a conversation by the company's own interface, with the credentials that
// the environment has: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET),
// TELNYX_API_KEY, PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN; Exotel and Vonage end a call with its stream.
// Thread: values.
#pragma once

#include <memory>
#include <string>

#include "repartee/base/status.h"
#include "repartee/net/http.h"
#include "repartee/transports/serializers/frame_serializer.h"

namespace repartee {

enum class TelephonyCompany : std::uint8_t {
  kTwilio,
  kTelnyx,
  kPlivo,
  kExotel,
  kVonage
};

struct TelephonyLine {
  TelephonyCompany company = TelephonyCompany::kTwilio;
  std::string path{};      // of the websocket, and of the question what to do with a call: "/twilio"
  bool hang_up = true;     // where there are credentials
  std::string base_url{};  // of the interface that hangs up; empty: the company's
  bool alaw = false;       // Telnyx: what the agent says is PCMA, else PCMU
};

// Hz of the line's sound, as it is by default.
int LineRate(const TelephonyLine& line);

// Of one call, whose ids come with its start event.
std::unique_ptr<FrameSerializer> NewTelephonySerializer(const TelephonyLine& line);

// InvalidArgument that names the variables which are missing to hang up.
Status CheckHangUp(const TelephonyLine& line);

// What the company is told that asks what to do with a call: to stream its sound to `websocket_url`.
HttpResponse AnswerToCall(const TelephonyLine& line, const std::string& websocket_url);

}  // namespace repartee
