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
  // What becomes of the lines themselves while it lives.
  enum class Lines : unsigned char {
    kPrinted,
    kHeldBack
  };

  explicit LogTap(Listener listener, Lines lines = Lines::kPrinted);
  // No call is under way when it returns.
  ~LogTap();
  LogTap(const LogTap&) = delete;
  LogTap& operator=(const LogTap&) = delete;

  void Tell(LogLevel level, std::string_view text) const { listener_(level, text); }
  bool holds_back() const { return lines_ == Lines::kHeldBack; }

 private:
  const Listener listener_;
  const Lines lines_;
};

}  // namespace repartee
