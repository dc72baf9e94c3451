// JsonObject: an object in one piece. The list form `Json{{"text", text}}` makes an array of two for
// each member and copies all members whenever the object grows; for messages made by the dozen in
// each turn that is most of what they cost. Thread: values.
#pragma once

#include <utility>

#include "repartee/base/json.h"

namespace repartee {

// Keys, each with its value behind it, in the order in which they are to be written:
// JsonObject("text", text, "final", true). The caller sees to it that no key comes twice.
template <class... KeysAndValues>
Json JsonObject(KeysAndValues&&... members) {
  static_assert(sizeof...(members) % 2 == 0, "each key needs a value");
  Json::object_t object;
  object.reserve(sizeof...(members) / 2);
  const auto add = [&object](auto&& self, const char* key, auto&& value, auto&&... rest) -> void {
    object.emplace_back(key, std::forward<decltype(value)>(value));
    if constexpr (sizeof...(rest) > 0) self(self, std::forward<decltype(rest)>(rest)...);
  };
  if constexpr (sizeof...(members) > 0) add(add, std::forward<KeysAndValues>(members)...);
  return Json(std::move(object));
}

}  // namespace repartee
