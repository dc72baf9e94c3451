#include "repartee/services/cartesia/protocol.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "repartee/base/encoding.h"
#include "repartee/services/text/utf8.h"

namespace repartee::cartesia {
namespace {

constexpr std::size_t kMaxErrorBytes = 300;
constexpr double kLongestContext = 86400;  // seconds; a word later than that is no word's time
constexpr int kRates[] = {8000, 16000, 22050, 24000, 44100, 48000};

const Json* Field(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string TextField(const Json& object, const char* name) {
  const Json* const value = Field(object, name);
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

Status CheckRange(const Json& value, const char* name, double least, double most) {
  if (value.is_null()) return OkStatus();
  if (value.is_number() && value.get<double>() >= least && value.get<double>() <= most) return OkStatus();
  return Status::InvalidArgument("generation_config.{} is to be a number from {} to {}", name, least, most);
}

Status CheckGeneration(const Json& config) {
  if (!config.is_object()) return Status::InvalidArgument("generation_config is to be an object");
  for (const auto& [name, value] : config.items()) {
    Status status;
    if (name == "volume") {
      status = CheckRange(value, "volume", 0.5, 2.0);
    } else if (name == "speed") {
      status = CheckRange(value, "speed", 0.6, 1.5);
    } else if (name != "emotion") {
      status = Status::InvalidArgument("generation_config.{}: there is no such setting", name);
    } else if (!value.is_string() && !value.is_null()) {
      status = Status::InvalidArgument("generation_config.emotion is to be a text");
    }
    if (!status.ok()) return status;
  }
  return OkStatus();
}

Status CheckSetting(const std::string& name, const Json& value) {
  if (name == "generation_config") return CheckGeneration(value);
  if (name == "extra") {
    return value.is_object() ? OkStatus() : Status::InvalidArgument("extra is to be an object");
  }
  for (const char* const text : {"model", "voice", "language", "pronunciation_dict_id"}) {
    if (name != text) continue;
    return value.is_string() ? OkStatus() : Status::InvalidArgument("{} is to be a text", name);
  }
  return Status::InvalidArgument("{}: there is no such setting (others go into extra)", name);
}

// ---------------------------------------------------------------- messages

void ReadWords(const Json& given, Message& message) {
  const Json* const times = Field(given, "word_timestamps");
  const Json* const words = times ? Field(*times, "words") : nullptr;
  const Json* const starts = times ? Field(*times, "start") : nullptr;
  if (!words || !starts || !words->is_array() || !starts->is_array()) return;
  const std::size_t count = std::min(words->size(), starts->size());
  for (std::size_t i = 0; i < count; ++i) {
    const Json& word = (*words)[i];
    const Json& start = (*starts)[i];
    if (!word.is_string() || !start.is_number()) continue;
    const double seconds = start.get<double>();
    if (!(seconds >= 0 && seconds <= kLongestContext)) continue;
    message.words.push_back({word.get<std::string>(), FromSeconds(seconds)});
  }
}

void ReadError(const Json& given, Message& message) {
  const Json* const code = Field(given, "status_code");
  if (code && code->is_number_integer()) {
    const auto number = code->get<std::int64_t>();
    if (number >= 100 && number < 600) message.status_code = static_cast<int>(number);
  }
  for (const char* const name : {"title", "message", "error", "error_code"}) {
    const std::string part = TextField(given, name);
    if (part.empty() || message.error.find(part) != std::string::npos) continue;
    if (!message.error.empty()) message.error += ": ";
    message.error += part;
  }
  if (message.error.empty()) message.error = "an error without a text";
  if (message.error.size() <= kMaxErrorBytes) return;
  std::size_t end = kMaxErrorBytes;
  while (end > 0 && (static_cast<unsigned char>(message.error[end]) & 0xC0) == 0x80) --end;
  message.error.resize(end);
}

// ---------------------------------------------------------------- words

// Length of a steering tag at the start of `text`: "<spell>", "</spell>", "<break time='1s'/>"; else 0.
std::size_t TagLength(std::string_view text) {
  if (!text.starts_with('<')) return 0;
  std::string_view rest = text.substr(1);
  if (rest.starts_with('/')) rest.remove_prefix(1);
  for (const std::string_view name : {"spell", "emotion", "break", "volume", "speed"}) {
    if (!rest.starts_with(name)) continue;
    const std::string_view after = rest.substr(name.size());
    if (after.empty() || std::string_view(" />\t").find(after.front()) == std::string_view::npos) continue;
    const std::size_t end = text.find_first_of("<>", 1);
    return end != std::string_view::npos && text[end] == '>' ? end + 1 : 0;
  }
  return 0;
}

bool EndsInWordCharacter(std::string_view text) {
  std::size_t at = text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at - 1]) & 0xC0) == 0x80) --at;
  return at > 0 && IsWordCharacter(FirstCodePoint(text.substr(at - 1)).value);
}

bool IsPunctuation(std::string_view word) {
  while (!word.empty()) {
    const CodePoint c = FirstCodePoint(word);
    if (c.bytes == 0 || IsWordCharacter(c.value) || IsBlank(c.value)) return false;
    word.remove_prefix(c.bytes);
  }
  return true;
}

}  // namespace

Json DefaultSettings() { return {{"model", "sonic-3.6"}, {"language", "en"}}; }

Status CheckSettings(const Json& settings) {
  for (const auto& [name, value] : settings.items()) {
    if (value.is_null()) continue;
    if (Status status = CheckSetting(name, value); !status.ok()) return status;
  }
  return OkStatus();
}

Status CheckSampleRate(int rate_hz) {
  if (std::find(std::begin(kRates), std::end(kRates), rate_hz) != std::end(kRates)) return OkStatus();
  return Status::InvalidArgument(
      "a sample rate of {} Hz is not among those the vendor has: 8000, 16000, 22050, 24000, 44100, 48000",
      rate_hz);
}

std::string SpeakRequest(const Json& settings, const Fixed& fixed, const std::string& context_id,
                         std::string_view text) {
  Json request = Json::object();
  request["transcript"] = text;
  request["continue"] = !text.empty();
  request["context_id"] = context_id;
  request["model_id"] = TextField(settings, "model");
  request["voice"] = Json{{"mode", "id"}, {"id", TextField(settings, "voice")}};
  request["output_format"] =
      Json{{"container", "raw"}, {"encoding", "pcm_s16le"}, {"sample_rate", fixed.sample_rate}};
  request["add_timestamps"] = true;
  request["use_normalized_timestamps"] = false;
  if (fixed.max_buffer_delay_ms) request["max_buffer_delay_ms"] = *fixed.max_buffer_delay_ms;
  for (const char* const name : {"language", "generation_config", "pronunciation_dict_id"}) {
    if (const Json* const value = Field(settings, name)) request[name] = *value;
  }
  if (const Json* const extra = Field(settings, "extra")) {
    for (const auto& [name, value] : extra->items()) request[name] = value;
  }
  return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string CancelRequest(const std::string& context_id) {
  const Json request = {{"context_id", context_id}, {"cancel", true}};
  return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Message> ParseMessage(std::string_view text) {
  const Result<Json> given = ParseJson(text);
  if (!given.ok()) return given.status();
  if (!given->is_object()) return Status::Malformed("a message is to be a JSON object");
  Message message;
  message.context_id = TextField(*given, "context_id");
  const std::string type = TextField(*given, "type");
  if (type == "chunk") {
    message.type = MessageType::kChunk;
    Result<std::string> audio = Base64Decode(TextField(*given, "data"));
    if (!audio.ok()) return std::move(audio).status().Annotate("data of a chunk");
    message.audio = *std::move(audio);
  } else if (type == "timestamps") {
    message.type = MessageType::kTimestamps;
    ReadWords(*given, message);
  } else if (type == "done") {
    message.type = MessageType::kDone;
  } else if (type == "error") {
    message.type = MessageType::kError;
    ReadError(*given, message);
  }
  return message;
}

std::string WithoutTags(std::string_view word) {
  std::string out;
  while (!word.empty()) {
    const std::size_t tag = TagLength(word);
    if (tag == 0) {
      out += word.front();
      word.remove_prefix(1);
      continue;
    }
    word.remove_prefix(tag);
    while (const std::size_t next = TagLength(word)) word.remove_prefix(next);
    if (EndsInWordCharacter(out) && IsWordCharacter(FirstCodePoint(word).value)) out += ' ';
  }
  const auto begin = out.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(" \t\r\n") - begin + 1);
}

bool SpeaksWithoutBlanks(std::string_view language) {
  const std::string_view main = language.substr(0, language.find_first_of("-_"));
  return main == "zh" || main == "ja";
}

std::vector<TimedWord> JoinPunctuation(std::vector<TimedWord> words) {
  std::vector<TimedWord> joined;
  for (TimedWord& word : words) {
    if (!joined.empty() && IsPunctuation(word.text)) {
      joined.back().text += word.text;
    } else {
      joined.push_back(std::move(word));
    }
  }
  return joined;
}

}  // namespace repartee::cartesia
