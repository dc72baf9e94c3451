#include "repartee/agent/mcp_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "repartee/agent/mcp_protocol.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxUnsent = 1 << 20;  // bytes
constexpr int kGraceMs = 1000;
constexpr int kLookMs = 10;

// What a program needs to find its files and to write for people.
constexpr std::array kInherited{"HOME",  "LANG", "LC_ALL", "LOGNAME", "PATH",
                                "SHELL", "TERM", "TMPDIR", "USER"};

std::vector<std::string> EnvironmentOf(const std::vector<std::pair<std::string, std::string>>& given) {
  std::vector<std::string> environment;
  for (const char* name : kInherited) {
    if (const char* value = std::getenv(name)) environment.push_back(fmt::format("{}={}", name, value));
  }
  // The first of a name counts: what is given goes before what is inherited.
  for (const auto& [name, value] : given)
    environment.insert(environment.begin(), fmt::format("{}={}", name, value));
  return environment;
}

// As exec takes them; `texts` must outlive it.
std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

int Spawn(pid_t& process, std::vector<std::string> command, std::vector<std::string> environment, int end) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, end, STDOUT_FILENO);
  // A process group of its own: Ctrl-C is for us, and what it starts ends with it.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int error = ::posix_spawnp(&process, command.front().c_str(), &actions, &attributes,
                                   Pointers(command).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

Result<std::unique_ptr<MCPChild>> MCPChild::Start(
    const std::vector<std::string>& command,
    const std::vector<std::pair<std::string, std::string>>& environment) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Status::Unavailable("no socket for it: {}", std::strerror(errno));
  }
  // Ours alone: the two ends are two open files, and the child's stays as programs expect theirs.
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  pid_t process = 0;
  const int error = Spawn(process, command, EnvironmentOf(environment), ends[1]);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return Status::NotFound("cannot run {}: {}", command.front(), std::strerror(error));
  }
  return std::unique_ptr<MCPChild>(new MCPChild(process, ends[0]));
}

MCPChild::~MCPChild() {
  ::shutdown(socket_, SHUT_WR);
  if (!EndsWithin(kGraceMs)) {
    ::kill(-process_, SIGTERM);
    if (!EndsWithin(kGraceMs)) {
      ::kill(-process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
  }
  ::close(socket_);
}

Status MCPChild::Send(std::string_view line) {
  if (unsent_.size() + line.size() > kMaxUnsent) {
    return Status::ResourceExhausted("it does not read what it is sent");
  }
  unsent_ += line;
  SendOn();
  return OkStatus();
}

void MCPChild::SendOn() {
  while (!unsent_.empty()) {
    // MSG_NOSIGNAL: a process that has ended must not end ours; Read tells of it.
    const ssize_t count = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) unsent_.clear();
    if (count <= 0) return;
    unsent_.erase(0, static_cast<std::size_t>(count));
  }
}

Status MCPChild::Read(const std::function<void(std::string_view)>& take) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return OkStatus();
    if (count <= 0) return Status::Unavailable("{}", HowItEnded());
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end = received_.find('\n'); end != std::string::npos;
         end = received_.find('\n', begin)) {
      take(std::string_view(received_).substr(begin, end - begin));
      begin = end + 1;
    }
    received_.erase(0, begin);
    if (received_.size() > mcp::kMaxAnswer) {
      return Status::ResourceExhausted("it sent a line of more than {} KiB", mcp::kMaxAnswer >> 10);
    }
  }
}

bool MCPChild::EndsWithin(int milliseconds) {
  for (int waited = 0; !ended_; waited += kLookMs) {
    ended_ = ::waitpid(process_, &status_, WNOHANG) == process_;
    if (ended_ || waited >= milliseconds) break;
    ::poll(nullptr, 0, kLookMs);
  }
  return ended_;
}

std::string MCPChild::HowItEnded() {
  if (!EndsWithin(kGraceMs)) return "it closed its output";
  if (WIFSIGNALED(status_)) return fmt::format("it was ended by signal {}", WTERMSIG(status_));
  return fmt::format("it ended with status {}", WEXITSTATUS(status_));
}

}  // namespace repartee
