// MCPChild: a program that runs as a child process and is spoken to by lines, over its standard input and
// output; what it writes to standard error goes to ours.
//
// It sees of our environment only what a program needs to run (PATH, HOME and the like) and what it is
// given: keys of other services are none of its business. Limits: 256 KiB of a line, 1 MiB that it has not
// taken yet. Thread: one at a time; nothing blocks but the destructor, for at most two seconds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "repartee/base/status.h"

namespace repartee {

class MCPChild {
 public:
  // `command` is the program, looked for in PATH, and its arguments. NotFound when it cannot be run.
  static Result<std::unique_ptr<MCPChild>> Start(
      const std::vector<std::string>& command,
      const std::vector<std::pair<std::string, std::string>>& environment);
  // Closes its input, so that it ends by itself; after a second it is asked to by a signal, after another
  // it is killed, with what it has started.
  ~MCPChild();
  MCPChild(const MCPChild&) = delete;
  MCPChild& operator=(const MCPChild&) = delete;

  // To wait on: readable, and writable while something is unsent.
  int descriptor() const { return socket_; }
  bool has_unsent() const { return !unsent_.empty(); }

  // ResourceExhausted, and nothing is sent, when it does not take what it is sent.
  Status Send(std::string_view line);
  // Sends on, once the descriptor is writable.
  void SendOn();
  // The lines that have come. Unavailable once it has ended, with how; ResourceExhausted for a line that is
  // too long.
  Status Read(const std::function<void(std::string_view)>& take);

 private:
  MCPChild(pid_t process, int socket) : process_(process), socket_(socket) {}

  // "it ended with status 3", waiting a moment for it.
  std::string HowItEnded();
  // Whether it has ended within `milliseconds`.
  bool EndsWithin(int milliseconds);

  pid_t process_;
  const int socket_;
  bool ended_ = false;
  int status_ = 0;  // as waitpid tells it, once it has ended
  std::string received_;
  std::string unsent_;
};

}  // namespace repartee
