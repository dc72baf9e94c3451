// RTVI 2.2, the language between a voice agent and its clients: one JSON object a message,
//
//   {"label": "rtvi-ai", "type": TYPE, "id": ID, "data": DATA}
//
// where an id ties an answer to what it answers and empty parts are left out.
//
// Thread: values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/json_text.h"

namespace repartee {

inline constexpr char kRTVILabel[] = "rtvi-ai";
inline constexpr char kRTVIProtocolVersion[] = "2.2.0";

// A message of a client.
struct RTVIMessage {
  std::string type;
  std::string id;
  Json data;  // null: none
};

// True for messages that are meant for us; others on the same line are the application's.
bool IsRTVIMessage(const Json& message);
// Malformed unless type and id are texts; the text tells which is not.
Result<RTVIMessage> ParseRTVIMessage(const Json& message);

// A message of ours. Without an id or data (null) those parts are left out.
Json MakeRTVIMessage(std::string_view type, Json data = nullptr, std::string_view id = {});
// The same as it is sent.
JsonText MakeRTVIText(std::string_view type, const JsonText& data = {}, std::string_view id = {});

// "2.1.0".
struct RTVIVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;

  std::string ToString() const;
  friend auto operator<=>(const RTVIVersion&, const RTVIVersion&) = default;
};
// Nothing unless three numbers with points between.
std::optional<RTVIVersion> ParseRTVIVersion(std::string_view text);

// What a client asks with "send-text" and "send-file".
struct RTVISendOptions {
  bool run_immediately = true;
  bool audio_response = true;
  Json custom_options;  // null: none
};
// Malformed if an option has the wrong kind. Null gives the defaults.
Result<RTVISendOptions> ParseSendOptions(const Json& options);

// A text field of `data`; Malformed with the name of the field when it is missing or no text.
Result<std::string> RequiredText(const Json& data, const char* key);

}  // namespace repartee
