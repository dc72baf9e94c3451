// A new password from whoever sits at the terminal: twice, without showing it. Thread:
// the main one.
#pragma once

#include <string>

#include "repartee/base/status.h"

namespace repartee::cli {

// Without a terminal the first line of standard input is taken. InvalidArgument if both
// differ or there is none.
Result<std::string> AskNewPassword(const std::string& prompt);

}  // namespace repartee::cli
