#include "repartee/services/openai/speech_protocol.h"

#include <algorithm>

namespace repartee::openai {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string Shown(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status CheckTexts(const Json& settings, std::initializer_list<std::string_view> texts,
                  std::string_view number, double least, double most) {
  for (const auto& [name, value] : settings.items()) {
    if (value.is_null()) continue;
    if (std::find(texts.begin(), texts.end(), name) != texts.end()) {
      if (!value.is_string()) return Status::InvalidArgument("{} is to be a text", name);
    } else if (name == number) {
      const bool fits = value.is_number() && value.get<double>() >= least && value.get<double>() <= most;
      if (!fits) return Status::InvalidArgument("{} is to be a number from {} to {}", name, least, most);
    } else if (name == "extra") {
      if (!value.is_object()) return Status::InvalidArgument("extra is to be an object");
    } else {
      return Status::InvalidArgument("{}: there is no such setting (others go into extra)", name);
    }
  }
  return OkStatus();
}

// The settings as fields of a request, those of extra last; a null is left out.
template <class Add>
void EachField(const Json& settings, Add add) {
  for (const auto& [name, value] : settings.items()) {
    if (name != "extra" && !value.is_null()) add(name, value);
  }
  const auto extra = settings.find("extra");
  if (extra == settings.end() || !extra->is_object()) return;
  for (const auto& [name, value] : extra->items()) {
    if (!value.is_null()) add(name, value);
  }
}

void AddLittleEndian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

// Mono, 16-bit.
std::string Wav(std::span<const std::int16_t> samples, int rate_hz) {
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * 2);
  const auto rate = static_cast<std::uint32_t>(rate_hz);
  std::string wav = "RIFF";
  AddLittleEndian(wav, 36 + data_bytes, 4);
  wav += "WAVEfmt ";
  AddLittleEndian(wav, 16, 4);
  AddLittleEndian(wav, 1, 2);  // PCM
  AddLittleEndian(wav, 1, 2);  // channels
  AddLittleEndian(wav, rate, 4);
  AddLittleEndian(wav, rate * 2, 4);
  AddLittleEndian(wav, 2, 2);
  AddLittleEndian(wav, 16, 2);
  wav += "data";
  AddLittleEndian(wav, data_bytes, 4);
  wav.append(reinterpret_cast<const char*>(samples.data()), samples.size() * 2);
  return wav;
}

}  // namespace

Status CheckTranscriptionSettings(const Json& settings) {
  return CheckTexts(settings, {"model", "language", "prompt"}, "temperature", 0, 2);
}

Status CheckSpeechSettings(const Json& settings) {
  return CheckTexts(settings, {"model", "voice", "instructions"}, "speed", 0.25, 4);
}

std::string TranscriptionBody(const Json& settings, std::span<const std::int16_t> samples, int rate_hz,
                              std::string_view boundary) {
  std::string body;
  const auto begin = [&](std::string_view disposition) {
    body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; ").append(disposition);
  };
  EachField(settings, [&](const std::string& name, const Json& value) {
    begin("name=\"" + name + "\"\r\n\r\n");
    body.append(Shown(value)).append("\r\n");
  });
  begin("name=\"response_format\"\r\n\r\njson\r\n");
  begin("name=\"file\"; filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\n");
  body.append(Wav(samples, rate_hz)).append("\r\n--").append(boundary).append("--\r\n");
  return body;
}

Result<std::string> ParseTranscription(std::string_view body) {
  const Result<Json> parsed = ParseJson(body);
  if (!parsed.ok()) return parsed.status();
  const auto text = parsed->is_object() ? parsed->find("text") : parsed->end();
  if (!parsed->is_object() || text == parsed->end() || !text->is_string()) {
    return Status::Malformed("a transcription is to be an object with a \"text\"");
  }
  const std::string words = text->get<std::string>();
  const std::size_t first = words.find_first_not_of(kBlanks);
  if (first == std::string::npos) return std::string();
  return words.substr(first, words.find_last_not_of(kBlanks) - first + 1);
}

std::string SpeechBody(const Json& settings, std::string_view text) {
  Json body = {{"input", text}, {"response_format", "pcm"}};
  EachField(settings, [&body](const std::string& name, const Json& value) { body[name] = value; });
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace repartee::openai
