#include "repartee/cli/password_prompt.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace repartee::cli {
namespace {

// The terminal shows nothing of what is typed while this lives.
class QuietTerminal {
 public:
  QuietTerminal() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= static_cast<tcflag_t>(~ECHO);
    is_quiet_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (is_quiet_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

 private:
  termios before_{};
  bool is_quiet_ = false;
};

Result<std::string> ReadLine() {
  std::string line;
  if (!std::getline(std::cin, line))
    return Status::InvalidArgument("no password: type one, or give it as a line of standard input");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<std::string> Ask(const std::string& prompt) {
  fmt::print(stderr, "{}: ", prompt);
  std::fflush(stderr);
  const QuietTerminal quiet;
  Result<std::string> line = ReadLine();
  fmt::print(stderr, "\n");
  return line;
}

}  // namespace

Result<std::string> AskNewPassword(const std::string& prompt) {
  if (isatty(STDIN_FILENO) == 0) return ReadLine();
  Result<std::string> first = Ask(prompt);
  if (!first.ok()) return first;
  Result<std::string> second = Ask("Once more");
  if (second.ok() && *second != *first) return Status::InvalidArgument("the two passwords differ");
  return second;
}

}  // namespace repartee::cli
