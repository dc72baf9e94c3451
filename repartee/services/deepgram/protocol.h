// Deepgram's live transcription as bytes: the query of a connection, and its messages.
//
// Tolerant: fields may be missing, null, unknown or of a wrong type; only text that is
// no JSON object is refused. No input or output, no clock. Thread: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee::deepgram {

// Of the vendor's, all sent: model nova-3-general, language en, interim_results and punctuate true, ...
Json DefaultSettings();

// InvalidArgument that names the first setting that is unknown or of a wrong type. Texts: model, language,
// version. True or false: detect_entities, diarize, dictation, interim_results, numerals, profanity_filter,
// punctuate, smart_format, vad_events. Texts, or lists of them: keyterm, keywords, redact, replace, search.
// Milliseconds: endpointing (or false), utterance_end_ms. extra: an object of further ones. Null is "not
// given".
Status CheckSettings(const Json& settings);

// What is fixed for the life of a service.
struct Fixed {
  std::string encoding = "linear16";  // what the pipeline's sound is
  int sample_rate = 16000;            // Hz
  int channels = 1;
  bool multichannel = false;
  std::string callback{};
  std::string callback_method{};
  std::vector<std::string> tag{};
  std::optional<bool> mip_opt_out{};
};

// Scheme, host and whole query of a connection. `base_url` without scheme means wss; its path is kept.
std::string ListenUrl(const std::string& base_url, const Json& settings, const Fixed& fixed);

// What we say, besides the sound itself in binary messages.
inline constexpr std::string_view kKeepAlive = R"({"type":"KeepAlive"})";
inline constexpr std::string_view kFinalize = R"({"type":"Finalize"})";
inline constexpr std::string_view kCloseStream = R"({"type":"CloseStream"})";

enum class MessageType : unsigned char {
  kResults,
  kMetadata,  // the answer to CloseStream
  kError,
  kOther
};

struct Message {
  MessageType type = MessageType::kOther;
  // Of results. Seconds count from the first sound of the connection; -1 if not told.
  std::string transcript;
  std::string language;  // as heard; empty if not told
  bool is_final = false;
  bool from_finalize = false;
  double end = -1;
  Json result;  // the whole message
  // Of an error.
  std::string error;
};

// Malformed if it is no JSON object.
Result<Message> ParseMessage(std::string_view text);

}  // namespace repartee::deepgram
