// JsonWriter: the public API's bodies, appended to one string. Money is written
// without exponent, and texts that hold JSON go out as they came in.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/json.h"

namespace repartee::server {

class JsonWriter {
 public:
  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);

  void Text(std::string_view text);
  void OptionalText(const std::optional<std::string>& text);
  void Integer(std::int64_t value);
  // At most 12 digits after the point, no exponent.
  void Decimal(double value);
  void Bool(bool value);
  void Null();
  // Milliseconds precision, UTC.
  void Time(std::int64_t ns);
  void OptionalTime(const std::optional<std::int64_t>& ns);
  // The text itself if it is JSON, else as a JSON string.
  void JsonOrText(std::string_view text);
  // As JsonOrText; null if there is none.
  void OptionalJsonOrText(const std::optional<std::string>& text);
  // Any JSON, at most as deep as ParseJson takes it.
  void Value(const Json& value);
  // JSON that is known to be good.
  void Raw(std::string_view json);

  std::string Take() { return std::move(out_); }

 private:
  void Separate();

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace repartee::server
