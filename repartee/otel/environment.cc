#include "repartee/otel/environment.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "repartee/base/log.h"

namespace repartee::otel {

std::optional<std::string> Environment::Find(const std::string& name) const {
  if (fixed_) {
    const auto found = fixed_->find(name);
    return found == fixed_->end() ? std::nullopt : std::optional(found->second);
  }
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string Environment::Get(const std::string& name) const {
  return std::string(Trim(Find(name).value_or("")));
}

std::string Environment::GetFirst(const std::string& name, const std::string& fallback_name) const {
  std::string value = Get(name);
  return value.empty() ? Get(fallback_name) : value;
}

std::optional<std::int64_t> Environment::GetNumber(const std::string& name) const {
  const std::string text = Get(name);
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0) return value;
  LogError("{}: \"{}\" is not a whole number from 0 up; the default is used", name, text);
  return std::nullopt;
}

bool Environment::IsOn(const std::string& name, bool unset) const {
  const std::optional<std::string> value = Find(name);
  if (!value) return unset;
  const std::string word = ToLower(Trim(*value));
  return !(word.empty() || word == "false" || word == "0" || word == "no" || word == "off");
}

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace repartee::otel
