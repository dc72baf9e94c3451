// Logging: one line a fact, to stderr, with a level. Whoever decides what a
// failure means logs it, once; secrets and header dumps never.
//
// Thread: any.
#pragma once

#include <fmt/core.h>

#include <string_view>

namespace repartee {

enum class LogLevel : unsigned char {
  kDebug,
  kInfo,
  kWarning,
  kError,
  kOff
};

// Process-wide. Default kWarning; REPARTEE_LOG_LEVEL=debug|info|warning|error|off.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);
void LogLine(LogLevel level, std::string_view text);

template <class... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kDebug))
    LogLine(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kInfo)) LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kWarning))
    LogLine(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(LogLevel::kError))
    LogLine(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace repartee
