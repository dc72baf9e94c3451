// OpenAI's speech over HTTP as bytes: transcriptions (audio in, text out) and speech (text
// in, audio out), as OpenAI and many compatible servers offer them.
//
// No input or output, no clock. Thread: values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee::openai {

// InvalidArgument that names the first setting that is unknown or of a wrong type: model, language, prompt
// (texts), temperature (a number), extra (an object: further fields). Null is "not given".
Status CheckTranscriptionSettings(const Json& settings);
// The same of speech: model, voice, instructions (texts), speed (0.25 to 4), extra.
Status CheckSpeechSettings(const Json& settings);

// A form with the settings and the sound as a WAV file. `boundary` occurs nowhere in the sound.
std::string TranscriptionBody(const Json& settings, std::span<const std::int16_t> samples, int rate_hz,
                              std::string_view boundary);
// The words of an answer, without blanks around them. Malformed if it is no JSON object with a "text".
Result<std::string> ParseTranscription(std::string_view body);

// Asks for raw 16-bit PCM (24 kHz).
std::string SpeechBody(const Json& settings, std::string_view text);

}  // namespace repartee::openai
