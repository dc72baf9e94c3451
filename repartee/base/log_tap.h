// LogTap: sees each line that the program logs, for as long as it lives.
//
// Thread: any; the listener is called on the thread that logs, one call at a time, and must
// neither wait nor log.
#pragma once

#include <functional>
#include <string_view>

#include "repartee/base/log.h"

namespace repartee {

class LogTap {
 public:
  using Listener = std::function<void(LogLevel level, std::string_view text)>;

  explicit LogTap(Listener listener);
  // No call is under way when it returns.
  ~LogTap();
  LogTap(const LogTap&) = delete;
  LogTap& operator=(const LogTap&) = delete;

  void Tell(LogLevel level, std::string_view text) const { listener_(level, text); }

 private:
  const Listener listener_;
};

}  // namespace repartee
