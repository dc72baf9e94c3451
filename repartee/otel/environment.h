// Environment: the variables that steer tracing, read in one place with one set of
// rules: an empty value counts as unset, a bad number is reported and ignored.
//
// Thread: values. The process's variables are read when asked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace repartee::otel {

class Environment {
 public:
  // The process's own.
  Environment() = default;
  // A fixed set, for tests.
  static Environment Of(std::map<std::string, std::string> variables) {
    Environment environment;
    environment.fixed_ = std::move(variables);
    return environment;
  }

  // As set, even if empty.
  std::optional<std::string> Find(const std::string& name) const;
  // Without blanks around it; empty when unset.
  std::string Get(const std::string& name) const;
  // Get of the first that is not empty.
  std::string GetFirst(const std::string& name, const std::string& fallback_name) const;
  // A whole number from 0 up; anything else is logged and counts as unset.
  std::optional<std::int64_t> GetNumber(const std::string& name) const;
  // Not set: `unset`. `false`, `0`, `no`, `off` (any case) and the empty text are off, all else is on.
  bool IsOn(const std::string& name, bool unset) const;

 private:
  std::optional<std::map<std::string, std::string>> fixed_;
};

// Without blanks (and tabs) around it.
std::string_view Trim(std::string_view text);
// ASCII alone.
std::string ToLower(std::string_view text);

}  // namespace repartee::otel
