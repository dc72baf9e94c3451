#include "repartee/services/deepgram/protocol.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "repartee/base/encoding.h"

namespace repartee::deepgram {
namespace {

constexpr std::size_t kMaxErrorBytes = 300;

enum class Kind {
  kText,
  kFlag,
  kTexts,          // one, or a list
  kMillis,         // a whole number
  kMillisOrFalse,  // or switched off
  kObject
};
struct Setting {
  const char* name;
  Kind kind;
  const char* wants;
};
constexpr Setting kSettings[] = {
    {"model", Kind::kText, "a text"},
    {"language", Kind::kText, "a text"},
    {"version", Kind::kText, "a text"},
    {"detect_entities", Kind::kFlag, "true or false"},
    {"diarize", Kind::kFlag, "true or false"},
    {"dictation", Kind::kFlag, "true or false"},
    {"interim_results", Kind::kFlag, "true or false"},
    {"numerals", Kind::kFlag, "true or false"},
    {"profanity_filter", Kind::kFlag, "true or false"},
    {"punctuate", Kind::kFlag, "true or false"},
    {"smart_format", Kind::kFlag, "true or false"},
    {"vad_events", Kind::kFlag, "true or false"},
    {"keyterm", Kind::kTexts, "a text or a list of texts"},
    {"keywords", Kind::kTexts, "a text or a list of texts"},
    {"redact", Kind::kTexts, "a text or a list of texts"},
    {"replace", Kind::kTexts, "a text or a list of texts"},
    {"search", Kind::kTexts, "a text or a list of texts"},
    {"utterance_end_ms", Kind::kMillis, "a whole number of milliseconds"},
    {"endpointing", Kind::kMillisOrFalse, "a whole number of milliseconds, or false"},
    {"extra", Kind::kObject, "an object of texts, numbers, flags and lists of these"},
};

bool IsScalar(const Json& value) { return value.is_string() || value.is_boolean() || value.is_number(); }

bool IsListOf(const Json& value, bool (*fits)(const Json&)) {
  return value.is_array() && std::all_of(value.begin(), value.end(), fits);
}

bool IsText(const Json& value) { return value.is_string(); }

bool IsMillis(const Json& value) { return value.is_number_integer() && value.get<double>() >= 0; }

bool Fits(const Json& value, Kind kind) {
  switch (kind) {
    case Kind::kText: return value.is_string();
    case Kind::kFlag: return value.is_boolean();
    case Kind::kTexts: return value.is_string() || IsListOf(value, IsText);
    case Kind::kMillis: return IsMillis(value);
    case Kind::kMillisOrFalse: return IsMillis(value) || value == Json(false);
    case Kind::kObject:
      return value.is_object() && std::all_of(value.begin(), value.end(), [](const Json& field) {
               return field.is_null() || IsScalar(field) || IsListOf(field, IsScalar);
             });
  }
  return false;
}

// As a form's: a blank is "+".
std::string QueryEncode(std::string_view text) {
  std::string out = PercentEncode(text);
  for (std::size_t at = out.find("%20"); at != std::string::npos; at = out.find("%20", at)) {
    out.replace(at, 3, "+");
  }
  return out;
}

std::string Shown(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Field by field, sorted; a list gives its field several times.
using Query = std::map<std::string, std::vector<std::string>>;

void Add(Query& query, const std::string& name, const Json& value) {
  if (value.is_null()) return;
  std::vector<std::string>& values = query[name];
  values.clear();
  if (!value.is_array()) return values.push_back(Shown(value));
  for (const Json& item : value) values.push_back(Shown(item));
}

const Json* Field(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string TextField(const Json& object, const char* name) {
  const Json* const value = Field(object, name);
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

bool FlagField(const Json& object, const char* name) {
  const Json* const value = Field(object, name);
  return value && value->is_boolean() && value->get<bool>();
}

std::optional<double> NumberField(const Json& object, const char* name) {
  const Json* const value = Field(object, name);
  if (!value || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  return std::isfinite(number) && number >= 0 ? std::optional(number) : std::nullopt;
}

// The vendor's best guess; null if it gives none.
const Json* FirstOf(const Json* list) {
  return list && list->is_array() && !list->empty() ? &list->front() : nullptr;
}

void ReadResults(const Json& given, Message& message) {
  message.type = MessageType::kResults;
  message.is_final = FlagField(given, "is_final");
  message.from_finalize = FlagField(given, "from_finalize");
  const auto start = NumberField(given, "start");
  const auto duration = NumberField(given, "duration");
  if (start && duration) message.end = *start + *duration;
  const Json* const channel = Field(given, "channel");
  const Json* const alternative = channel ? FirstOf(Field(*channel, "alternatives")) : nullptr;
  if (!alternative) return;
  message.transcript = TextField(*alternative, "transcript");
  const Json* const language = FirstOf(Field(*alternative, "languages"));
  if (language && language->is_string()) message.language = language->get<std::string>();
}

std::string ErrorOf(const Json& given) {
  std::string text;
  for (const char* const name : {"description", "message", "variant"}) {
    const std::string part = TextField(given, name);
    if (part.empty()) continue;
    if (!text.empty()) text += ": ";
    text += part;
  }
  if (text.size() > kMaxErrorBytes) text = text.substr(0, text.find_last_of(' ', kMaxErrorBytes)) + " ...";
  return text.empty() ? "an error without a text" : text;
}

}  // namespace

Json DefaultSettings() {
  return {{"model", "nova-3-general"}, {"language", "en"},   {"detect_entities", false},
          {"diarize", false},          {"dictation", false}, {"interim_results", true},
          {"numerals", false},         {"punctuate", true},  {"smart_format", false}};
}

Status CheckSettings(const Json& settings) {
  for (const auto& [name, value] : settings.items()) {
    const auto* const known = std::find_if(std::begin(kSettings), std::end(kSettings),
                                           [&key = name](const Setting& one) { return key == one.name; });
    if (known == std::end(kSettings)) {
      return Status::InvalidArgument("{}: there is no such setting (others go into extra)", name);
    }
    if (!value.is_null() && !Fits(value, known->kind)) {
      return Status::InvalidArgument("{} is to be {}", name, known->wants);
    }
  }
  return OkStatus();
}

std::string ListenUrl(const std::string& base_url, const Json& settings, const Fixed& fixed) {
  Query query;
  Add(query, "encoding", fixed.encoding);
  Add(query, "sample_rate", fixed.sample_rate);
  Add(query, "channels", fixed.channels);
  Add(query, "multichannel", fixed.multichannel);
  if (!fixed.callback.empty()) Add(query, "callback", fixed.callback);
  if (!fixed.callback_method.empty()) Add(query, "callback_method", fixed.callback_method);
  if (!fixed.tag.empty()) Add(query, "tag", Json(fixed.tag));
  if (fixed.mip_opt_out) Add(query, "mip_opt_out", *fixed.mip_opt_out);
  for (const auto& [name, value] : settings.items()) {
    if (name != "extra") Add(query, name, value);
  }
  if (const Json* const extra = Field(settings, "extra")) {
    for (const auto& [name, value] : extra->items()) Add(query, name, value);
  }

  std::string url = base_url.find("://") == std::string::npos ? "wss://" + base_url : base_url;
  while (url.ends_with('/')) url.pop_back();
  url += "/v1/listen";
  char separator = '?';
  for (const auto& [name, values] : query) {
    for (const std::string& value : values) {
      url += std::exchange(separator, '&') + QueryEncode(name) + "=" + QueryEncode(value);
    }
  }
  return url;
}

Result<Message> ParseMessage(std::string_view text) {
  Result<Json> given = ParseJson(text);
  if (!given.ok()) return std::move(given).status();
  if (!given->is_object()) return Status::Malformed("a message is to be a JSON object");
  Message message;
  const std::string type = TextField(*given, "type");
  if (type == "Results") ReadResults(*given, message);
  if (type == "Metadata") message.type = MessageType::kMetadata;
  if (type == "Error") {
    message.type = MessageType::kError;
    message.error = ErrorOf(*given);
  }
  if (message.type == MessageType::kResults) message.result = *std::move(given);
  return message;
}

}  // namespace repartee::deepgram
