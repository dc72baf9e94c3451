#include "tests/scenario/object_reader.h"

#include <algorithm>
#include <limits>

namespace repartee::scenario {
namespace {

constexpr std::int64_t kMaxAudioBytes = 64 << 20;
constexpr std::int16_t kSample = 10000;

Status Wanted(const char* what, const Json& json) {
  return Status::InvalidArgument("{} is needed, not {}", what, json.dump().substr(0, 60));
}

template <class T>
Status Integer(const Json& json, T& value) {
  if (!json.is_number_integer()) return Wanted("a whole number", json);
  const auto number = json.get<std::int64_t>();
  if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
    return Status::InvalidArgument("{} is out of range", number);
  }
  value = static_cast<T>(number);
  return OkStatus();
}

// The enumerator from 0 to `last` with this name.
template <class T>
Status Enumerator(const Json& json, T last, std::string_view (*name)(T), T& value) {
  if (!json.is_string()) return Wanted("a text", json);
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<T>(i)) != json.get_ref<const std::string&>()) continue;
    value = static_cast<T>(i);
    return OkStatus();
  }
  return Status::InvalidArgument("{} is none of the known values", json.dump());
}

}  // namespace

Status FromJson(const Json& json, bool& value) {
  if (!json.is_boolean()) return Wanted("true or false", json);
  value = json.get<bool>();
  return OkStatus();
}

Status FromJson(const Json& json, int& value) { return Integer(json, value); }
Status FromJson(const Json& json, std::int64_t& value) { return Integer(json, value); }

Status FromJson(const Json& json, double& value) {
  if (!json.is_number()) return Wanted("a number", json);
  value = json.get<double>();
  return OkStatus();
}

Status FromJson(const Json& json, float& value) {
  double number = value;
  if (Status status = FromJson(json, number); !status.ok()) return status;
  value = static_cast<float>(number);
  return OkStatus();
}

Status FromJson(const Json& json, std::string& value) {
  if (!json.is_string()) return Wanted("a text", json);
  value = json.get<std::string>();
  return OkStatus();
}

Status FromJson(const Json& json, Json& value) {
  value = json;
  return OkStatus();
}

Status FromJson(const Json& json, MessageContent& value) {
  value = MessageContent(json);
  return OkStatus();
}

Status FromJson(const Json& json, TextType& value) {
  return Enumerator(json, TextType::kAny, TextTypeName, value);
}

Status FromJson(const Json& json, ErrorCategory& value) {
  return Enumerator(json, ErrorCategory::kApplication, ErrorCategoryName, value);
}

Status FromJson(const Json& json, VadParams& value) {
  ObjectReader read(json, "VAD parameters");
  read("confidence", value.confidence);
  read("start_secs", value.start_secs);
  read("stop_secs", value.stop_secs);
  read("min_volume", value.min_volume);
  return read.Finish();
}

Status FromJson(const Json& json, AudioBuffer& value) {
  ObjectReader read(json, "audio");
  std::int64_t bytes = 0;
  read.Required("bytes", bytes);
  if (Status status = read.Finish(); !status.ok()) return status;
  if (bytes < 0 || bytes > kMaxAudioBytes || bytes % 2 != 0) {
    return Status::InvalidArgument("{} bytes are no audio of 16-bit samples up to 64 MiB", bytes);
  }
  value = AudioBuffer::Allocate(static_cast<std::size_t>(bytes));
  std::ranges::fill(value.writable(), kSample);
  return OkStatus();
}

Status FromJson(const Json& json, FunctionCallFromLLM& value) {
  ObjectReader read(json, "function call");
  read.Required("function_name", value.function_name);
  read.Required("tool_call_id", value.tool_call_id);
  read("arguments", value.arguments);
  return read.Finish();
}

Status FromJson(const Json& json, ExternalFunctionCall& value) {
  ObjectReader read(json, "function call");
  read.Required("function_name", value.function_name);
  read.Required("tool_call_id", value.tool_call_id);
  read("arguments", value.arguments);
  return read.Finish();
}

Status FromJson(const Json& json, FileSourceType& value) {
  return Enumerator(json, FileSourceType::kUrl, FileSourceTypeName, value);
}

Status FromJson(const Json& json, KeypadEntry& value) {
  const auto key = json.is_string() ? ParseKeypadEntry(json.get_ref<const std::string&>()) : std::nullopt;
  if (!key) return Wanted("one of 0-9, * and #", json);
  value = *key;
  return OkStatus();
}

Status FromJson(const Json& json, ImageSize& value) {
  std::vector<int> sides;
  if (Status status = FromJson(json, sides); !status.ok()) return status;
  if (sides.size() != 2) return Wanted("[width, height]", json);
  value = {sides[0], sides[1]};
  return OkStatus();
}

Status FromJson(const Json& json, FunctionCallResultProperties& value) {
  ObjectReader read(json, "properties of a function's result");
  read("run_llm", value.run_llm);
  read("is_final", value.is_final);
  return read.Finish();
}

Status FromJson(const Json& json, std::shared_ptr<LLMContext>& value) {
  if (value == nullptr) return Status::InvalidArgument("the scenario has no context");
  return json.is_object() ? OkStatus() : Wanted("an object", json);
}

Status FromJson(const Json&, MetricsData&) { return Status::InvalidArgument("measurements cannot be given"); }

ObjectReader::ObjectReader(const Json& object, std::string what) : object_(object), what_(std::move(what)) {
  if (!object.is_object()) status_ = Wanted("an object", object).Annotate("{}", what_);
}

void ObjectReader::Bytes(std::string_view key, std::string& value) {
  AudioBuffer bytes;
  Required(key, bytes);
  value = bytes.bytes();
}

const Json* ObjectReader::Take(std::string_view key) {
  taken_.push_back(key);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

void ObjectReader::Note(std::string_view key, Status status) {
  if (status_.ok() && !status.ok()) status_ = std::move(status).Annotate("{}: {}", what_, key);
}

void ObjectReader::Name(std::string_view key, std::string& value) {
  std::optional<std::string> text;
  (*this)(key, text);
  if (text) value = *std::move(text);
}

void ObjectReader::Seconds(std::string_view key, Nanos& value) {
  double seconds = ToSeconds(value);
  (*this)(key, seconds);
  value = FromSeconds(seconds);
}

void ObjectReader::Derived(std::string_view key, std::int64_t value) {
  std::int64_t given = value;
  (*this)(key, given);
  if (given != value)
    Note(key, Status::InvalidArgument("{} is given, {} follows from the rest", given, value));
}

void ObjectReader::Ignored(std::initializer_list<std::string_view> keys) {
  taken_.insert(taken_.end(), keys);
}

Status ObjectReader::Finish() const {
  if (!status_.ok()) return status_;
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(taken_, key) == taken_.end()) {
      return Status::InvalidArgument("{}: unknown key \"{}\"", what_, key);
    }
  }
  return OkStatus();
}

}  // namespace repartee::scenario
