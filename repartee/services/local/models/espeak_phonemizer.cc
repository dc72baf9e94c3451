#include "repartee/services/local/models/espeak_phonemizer.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace repartee::local {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 * 1024;

// A line may hold no control character: a newline would end it.
std::string OneLine(std::string_view clause) {
  std::string line(clause);
  std::replace_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

// Joins the lines of an answer and takes out marks such as "(fr)", by which espeak-ng says that it
// reads a foreign word with the rules of another language.
std::string JoinPhonemes(std::string_view answer) {
  std::string joined;
  bool in_mark = false;
  for (const char c : answer) {
    if (c == '(') in_mark = true;
    const bool blank = c == '\n' || c == ' ';
    if (!in_mark && !(blank && (joined.empty() || joined.back() == ' '))) joined += blank ? ' ' : c;
    if (c == ')') in_mark = false;
  }
  while (!joined.empty() && joined.back() == ' ') joined.pop_back();
  return joined;
}

// Each line sent is answered by at least one line, and we send a clause and an empty line: so the
// first line is the clause's even when it is empty, and the next empty one ends the answer. npos: not yet
// whole.
std::size_t EndOfAnswer(std::string_view received) {
  const auto first = received.find('\n');
  if (first == std::string_view::npos) return first;
  const auto last = received.find("\n\n", first);
  return last == std::string_view::npos ? last : last + 2;
}

}  // namespace

EspeakPhonemizer::~EspeakPhonemizer() { Stop(); }

pid_t EspeakPhonemizer::process_id() {
  const std::lock_guard lock(mutex_);
  return process_;
}

Result<std::string> EspeakPhonemizer::Phonemes(std::string_view clause) {
  if (clause.size() > kMaxClauseBytes) {
    return Status::InvalidArgument("espeak-ng: a clause of {} bytes, at most {}", clause.size(),
                                   kMaxClauseBytes);
  }
  const std::string line = OneLine(clause);
  if (line.find_first_not_of(' ') == std::string::npos) return std::string();
  const std::lock_guard lock(mutex_);
  Status failure;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (process_ == 0) {
      if (Status status = Start(); !status.ok()) return status;
    }
    Result<std::string> answer = Ask(line);
    if (answer.ok()) return JoinPhonemes(*answer);
    failure = std::move(answer).status();
    Stop();
  }
  return failure;
}

Status EspeakPhonemizer::Start() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Status::Unavailable("espeak-ng: no socket: {}", std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  // A process group of its own: Ctrl-C is for us, and we may still have a sentence to finish.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::array<const char*, 6> arguments{program_.c_str(), "-q", "--ipa", "-v", "en-us", nullptr};
  const int error = ::posix_spawnp(&process_, program_.c_str(), &actions, &attributes,
                                   const_cast<char**>(arguments.data()), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) {
    process_ = 0;
    ::close(ends[0]);
    return Status::FailedPrecondition("cannot run {}: {}; install it with: apt-get install espeak-ng",
                                      program_, std::strerror(error));
  }
  socket_ = ends[0];
  answered_ = false;
  return OkStatus();
}

void EspeakPhonemizer::Stop() {
  if (process_ == 0) return;
  ::close(socket_);
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
  socket_ = -1;
}

Result<std::string> EspeakPhonemizer::Ask(std::string_view line) {
  const std::string request = std::string(line) + "\n\n";
  // MSG_NOSIGNAL: a process that has died must not end ours. The socket's buffer holds many such lines.
  if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    return Status::Unavailable("espeak-ng has ended");
  }
  const Nanos within = answered_ ? kAnswerWithin : kFirstAnswerWithin;
  return ReadAnswer(Clock::System().MonotonicNow() + within);
}

Result<std::string> EspeakPhonemizer::ReadAnswer(Nanos deadline) {
  std::string received;
  while (EndOfAnswer(received) == std::string_view::npos) {
    const Nanos left = deadline - Clock::System().MonotonicNow();
    pollfd waiting{socket_, POLLIN, 0};
    const int wait_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
    const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, wait_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Status::Unavailable("espeak-ng does not answer");
    std::array<char, 4096> buffer;
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Status::Unavailable("espeak-ng has ended");
    received.append(buffer.data(), static_cast<std::size_t>(count));
    if (received.size() > kMaxAnswerBytes) return Status::Unavailable("espeak-ng answers without end");
  }
  // More than one answer: it is out of step with us, and only a new one can be trusted.
  if (EndOfAnswer(received) != received.size()) return Status::Unavailable("espeak-ng is out of step");
  answered_ = true;
  return received;
}

}  // namespace repartee::local
