// Cartesia's speech over a WebSocket as text: requests, and the messages that answer them.
//
// Tolerant: fields may be missing, null, unknown or of a wrong type; only text that is no
// JSON object, or sound that is no base64, is refused. No input or output, no clock. Thread: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/services/tts_context_queue.h"

namespace repartee::cartesia {

// model sonic-3.6, language en; a voice is for the user to give.
Json DefaultSettings();

// InvalidArgument that names the first setting that is unknown or of a wrong type or range: model, voice,
// language, pronunciation_dict_id (texts), generation_config {volume 0.5 to 2, speed 0.6 to 1.5, emotion},
// extra (an object: further fields of the request). Null is "not given".
Status CheckSettings(const Json& settings);

// What is fixed for the life of a service. The sound is asked for raw, as 16-bit PCM.
struct Fixed {
  int sample_rate = 24000;  // Hz: 8000, 16000, 22050, 24000, 44100 or 48000
  // How long the vendor may wait for more text; nothing: as it likes (up to 3 s).
  std::optional<int> max_buffer_delay_ms = 0;
};

// InvalidArgument with the rates there are.
Status CheckSampleRate(int rate_hz);

// `text` to be spoken, with more to follow; or, empty, the end of the context.
std::string SpeakRequest(const Json& settings, const Fixed& fixed, const std::string& context_id,
                         std::string_view text);
std::string CancelRequest(const std::string& context_id);

enum class MessageType : unsigned char {
  kChunk,
  kTimestamps,
  kDone,
  kError,
  kOther
};

struct Message {
  MessageType type = MessageType::kOther;
  std::string context_id;        // may be missing, even of an error
  std::string audio;             // of a chunk: PCM
  std::vector<TimedWord> words;  // of timestamps
  int status_code = 0;           // of an error: as of HTTP; 0 if not told
  std::string error;             // at most 300 bytes
};

// Malformed if it is no JSON object, or a chunk's data is no base64.
Result<Message> ParseMessage(std::string_view text);

// Without the tags that steer the voice (spell, emotion, break, volume, speed); one between two letters or
// digits is a blank.
std::string WithoutTags(std::string_view word);

// In Chinese and Japanese each character comes as a word; punctuation joins the one before it.
bool SpeaksWithoutBlanks(std::string_view language);
std::vector<TimedWord> JoinPunctuation(std::vector<TimedWord> words);

}  // namespace repartee::cartesia
