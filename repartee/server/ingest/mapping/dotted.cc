#include "repartee/server/ingest/mapping/dotted.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "repartee/otel/wire/utf8.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxSlots = 10'001;  // of all lists of one value
constexpr std::size_t kMaxParts = 64;      // of a key

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    parts.push_back(path.substr(0, dot));
    if (dot == path.size()) return parts;
    path.remove_prefix(dot + 1);
  }
}

std::optional<std::size_t> IndexOf(std::string_view part) {
  std::size_t index = 0;
  if (part.size() > 1 && part[0] == '0') return std::nullopt;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (part.empty() || error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return index;
}

// Names that would change the prototype of an object in JavaScript, and places beyond the last.
bool IsForbidden(std::string_view part) {
  if (part.empty() || IndexOf(part).value_or(0) >= kMaxSlots) return true;
  return part == "__proto__" || part == "constructor" || part == "prototype";
}

class Builder {
 public:
  void Put(const std::vector<std::string_view>& parts, Json value) {
    if (parts.size() > kMaxParts || std::any_of(parts.begin(), parts.end(), IsForbidden)) return;
    Json* at = &root_;
    for (const std::string_view part : parts) {
      at = Step(*at, part);
      if (at == nullptr) return;
    }
    if (!at->is_structured()) *at = std::move(value);
  }

  Json root_;

 private:
  // The place of that name, made if missing; null where the value has another form or is full.
  Json* Step(Json& at, std::string_view part) {
    const std::optional<std::size_t> index = IndexOf(part);
    if (at.is_null()) at = index ? Json::array() : Json::object();
    if (at.is_array()) {
      if (!index) return nullptr;
      if (*index >= at.size()) {
        const std::size_t more = *index + 1 - at.size();
        if (*index >= kMaxSlots || slots_ + more > kMaxSlots) return nullptr;
        slots_ += more;
        while (at.size() <= *index) at.push_back(nullptr);
      }
      return &at[*index];
    }
    if (!at.is_object()) return nullptr;
    return &at[otel::ToValidUtf8(part)];
  }

  std::size_t slots_ = 0;
};

}  // namespace

Json ToJson(const otel::AnyValueView& value) {
  if (value.kind == otel::AnyValueView::Kind::kString) return otel::ToValidUtf8(value.bytes);
  std::string text;
  AppendJson(text, value);
  Result<Json> json = ParseJson(text);
  return json.ok() ? *std::move(json) : Json(text);
}

std::optional<Json> Rebuild(const AttributeIndex& attributes, std::string_view prefix) {
  const otel::AnyValueView* whole = attributes.FindByName(prefix);
  if (whole != nullptr && IsTruthy(*whole)) return ToJson(*whole);
  std::vector<std::pair<std::vector<std::string_view>, const otel::AnyValueView*>> found;
  for (const otel::KeyValueView& attribute : attributes.all()) {
    const std::string_view key = attribute.key;
    if (key.size() < prefix.size() + 2 || !key.starts_with(prefix) || key[prefix.size()] != '.') continue;
    found.emplace_back(Split(key.substr(prefix.size() + 1)), &attribute.value);
  }
  if (found.empty()) return std::nullopt;
  const auto is_in_list = [](const auto& entry) {
    return entry.first.size() > 1 && IndexOf(entry.first[0]).has_value();
  };
  Builder builder;
  // A list, as soon as any key has a number and more behind it.
  builder.root_ = std::any_of(found.begin(), found.end(), is_in_list) ? Json::array() : Json::object();
  for (const auto& [parts, value] : found) builder.Put(parts, ToJson(*value));
  return std::move(builder.root_);
}

}  // namespace repartee::server
