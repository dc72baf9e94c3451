// ObjectReader: takes the members of one JSON object by name and remembers the first
// thing that is wrong, so that a reader is a list of its keys. A key that nobody asked
// for is an error: a scenario that is only half understood must not pass.
//
// Thread: the one that made it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/audio/vad_analyzer.h"
#include "repartee/base/clock.h"
#include "repartee/base/json.h"
#include "repartee/frames/audio_buffer.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/message_content.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee::scenario {

// A JSON value as a T; InvalidArgument that says what was wanted.
Status FromJson(const Json& json, bool& value);
Status FromJson(const Json& json, int& value);
Status FromJson(const Json& json, std::int64_t& value);
Status FromJson(const Json& json, double& value);
Status FromJson(const Json& json, float& value);
Status FromJson(const Json& json, std::string& value);
Status FromJson(const Json& json, Json& value);
Status FromJson(const Json& json, MessageContent& value);
Status FromJson(const Json& json, TextType& value);
Status FromJson(const Json& json, ErrorCategory& value);
Status FromJson(const Json& json, VadParams& value);
// {"bytes": n}: n / 2 samples of 10000.
Status FromJson(const Json& json, AudioBuffer& value);
Status FromJson(const Json& json, FunctionCallFromLLM& value);
Status FromJson(const Json& json, ExternalFunctionCall& value);
Status FromJson(const Json& json, FileSourceType& value);
Status FromJson(const Json& json, KeypadEntry& value);
// [width, height]
Status FromJson(const Json& json, ImageSize& value);
Status FromJson(const Json& json, FunctionCallResultProperties& value);
// There is one context in a scenario and whoever reads it has it already.
Status FromJson(const Json& json, std::shared_ptr<LLMContext>& value);
// Only told, never given.
Status FromJson(const Json& json, MetricsData& value);

template <class T>
Status FromJson(const Json& json, std::vector<T>& value);

template <class T>
Status FromJson(const Json& json, std::optional<T>& value) {
  if (json.is_null()) {
    value.reset();
    return OkStatus();
  }
  return FromJson(json, value.emplace());
}

template <class T>
Status FromJson(const Json& json, std::vector<T>& value) {
  if (!json.is_array()) return Status::InvalidArgument("a list is needed, not {}", json.dump());
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (Status status = FromJson(json[i], value.emplace_back()); !status.ok()) {
      return std::move(status).Annotate("item {}", i);
    }
  }
  return OkStatus();
}

class ObjectReader {
 public:
  static constexpr bool kReading = true;

  // `object` is borrowed; `what` names it in messages.
  ObjectReader(const Json& object, std::string what);

  // Leaves `value` as it is when the key is missing.
  template <class T>
  void operator()(std::string_view key, T& value) {
    if (const Json* given = Take(key)) Note(key, FromJson(*given, value));
  }
  template <class T>
  void Required(std::string_view key, T& value) {
    if (const Json* given = Take(key)) return Note(key, FromJson(*given, value));
    Note(key, Status::InvalidArgument("missing"));
  }
  // {"bytes": n}: n bytes of no meaning.
  void Bytes(std::string_view key, std::string& value);
  // Null is the empty text.
  void Name(std::string_view key, std::string& value);
  // A duration, given in seconds.
  void Seconds(std::string_view key, Nanos& value);
  // "<any>" leaves `value` as it is.
  template <class T>
  void Time(std::string_view key, T& value) {
    const Json* given = Take(key);
    if (given && *given != "<any>") Note(key, FromJson(*given, value));
  }
  // Follows from other members: if it is given it must be this.
  void Derived(std::string_view key, std::int64_t value);
  // Known, of no effect.
  void Ignored(std::initializer_list<std::string_view> keys);

  // The member, or null.
  const Json* Take(std::string_view key);
  void Note(std::string_view key, Status status);
  // The first error, or the first key that was not asked for.
  Status Finish() const;

 private:
  const Json& object_;
  const std::string what_;
  std::vector<std::string_view> taken_;
  Status status_;
};

}  // namespace repartee::scenario
