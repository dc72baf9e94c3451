#include "repartee/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "repartee/base/log_tap.h"

namespace repartee {
namespace {

// Lower case; empty when unset.
std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value ? value : "";
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// OTEL_LOG_LEVEL where our own variable says nothing; its names are those of OpenTelemetry's SDKs.
LogLevel LevelFromEnvironment() {
  std::string name = Variable("REPARTEE_LOG_LEVEL");
  if (name.empty()) name = Variable("OTEL_LOG_LEVEL");
  if (name == "debug" || name == "verbose" || name == "all") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "error") return LogLevel::kError;
  if (name == "off" || name == "none") return LogLevel::kOff;
  return LogLevel::kWarning;
}

std::atomic<LogLevel>& Level() {
  static std::atomic<LogLevel> level = LevelFromEnvironment();
  return level;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("repartee", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::debug);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

struct Taps {
  std::mutex mutex;
  std::vector<const LogTap*> taps;  // guarded by mutex
};

// Never destroyed: threads may log to the very end.
Taps& AllTaps() {
  static Taps& taps = *new Taps;
  return taps;
}

// True if one of them wants the line for itself.
bool TellTaps(LogLevel level, std::string_view text) {
  Taps& all = AllTaps();
  const std::lock_guard lock(all.mutex);
  bool held_back = false;
  for (const LogTap* tap : all.taps) {
    tap->Tell(level, text);
    held_back |= tap->holds_back();
  }
  return held_back;
}

}  // namespace

LogTap::LogTap(Listener listener, Lines lines) : listener_(std::move(listener)), lines_(lines) {
  Taps& all = AllTaps();
  const std::lock_guard lock(all.mutex);
  all.taps.push_back(this);
}

LogTap::~LogTap() {
  Taps& all = AllTaps();
  const std::lock_guard lock(all.mutex);
  std::erase(all.taps, this);
}

void SetLogLevel(LogLevel level) { Level().store(level, std::memory_order_relaxed); }

bool LogEnabled(LogLevel level) { return level >= Level().load(std::memory_order_relaxed); }

void LogLine(LogLevel level, std::string_view text) {
  if (TellTaps(level, text)) return;
  switch (level) {
    case LogLevel::kDebug: return Logger().debug(text);
    case LogLevel::kInfo: return Logger().info(text);
    case LogLevel::kWarning: return Logger().warn(text);
    case LogLevel::kError: return Logger().error(text);
    case LogLevel::kOff: return;
  }
}

}  // namespace repartee
