// ObjectWriter: puts the members of a JSON object together; the counterpart of
// ObjectReader for a frame's fields. Null members are left out.
//
// Thread: the one that made it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/frames/audio_buffer.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/message_content.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee::scenario {

template <class T>
  requires std::is_arithmetic_v<T>
Json ToJson(T value) {
  return value;
}
inline Json ToJson(const std::string& value) { return value; }
inline Json ToJson(const Json& value) { return value; }
inline Json ToJson(const MessageContent& value) { return value.json(); }
Json ToJson(TextType value);
Json ToJson(ErrorCategory value);
Json ToJson(const VadParams& value);
// {"bytes": n}
Json ToJson(const AudioBuffer& value);
Json ToJson(const FunctionCallFromLLM& value);
Json ToJson(const ExternalFunctionCall& value);
Json ToJson(FileSourceType value);
Json ToJson(KeypadEntry value);
Json ToJson(ImageSize value);
Json ToJson(const FunctionCallResultProperties& value);
Json ToJson(const MetricsData& value);
// {"messages": [...]} as they are now.
Json ToJson(const std::shared_ptr<LLMContext>& value);

template <class T>
Json ToJson(const std::optional<T>& value) {
  return value ? ToJson(*value) : Json();
}
template <class T>
Json ToJson(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(ToJson(value));
  return list;
}

class ObjectWriter {
 public:
  static constexpr bool kReading = false;

  template <class T>
  void operator()(std::string_view key, const T& value) {
    Put(key, ToJson(value));
  }
  template <class T>
  void Required(std::string_view key, const T& value) {
    object_[std::string(key)] = ToJson(value);
  }
  void Bytes(std::string_view key, const std::string& value) { Put(key, Json{{"bytes", value.size()}}); }
  void Name(std::string_view key, const std::string& value) {
    Put(key, value.empty() ? Json() : Json(value));
  }
  template <class T>
  void Time(std::string_view key, const T& value) {
    Put(key, ToJson(value));
  }
  void Derived(std::string_view key, std::int64_t value) { Put(key, value); }

  Json Finish() && { return std::move(object_); }

 private:
  void Put(std::string_view key, Json value) {
    if (!value.is_null()) object_[std::string(key)] = std::move(value);
  }

  Json object_ = Json::object();
};

}  // namespace repartee::scenario
