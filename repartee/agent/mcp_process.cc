#include "repartee/agent/mcp_process.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "repartee/base/log.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxQuestions = 64;
constexpr std::size_t kMaxStarts = 3;
constexpr auto kStartsWithin = std::chrono::minutes(1);
constexpr std::int64_t kGreeting = 1;  // the id of "initialize"; questions follow
constexpr int kLongestWaitMs = 60'000;

}  // namespace

MCPProcess::MCPProcess(MCPProcessOptions options)
    : options_(std::move(options)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      last_question_(kGreeting),
      thread_([this] { Run(); }) {}

MCPProcess::~MCPProcess() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    questions_.clear();
  }
  Wake();
  thread_.join();
  child_.reset();
  ::close(wake_);
}

std::int64_t MCPProcess::Ask(std::string method, Json params, milliseconds timeout, Done done) {
  const std::lock_guard lock(mutex_);
  const std::int64_t id = ++last_question_;
  if (questions_.size() >= kMaxQuestions) {
    done(Status::ResourceExhausted("{} questions are under way", kMaxQuestions));
    return id;
  }
  std::string line = mcp::ToLine(mcp::Request(method, std::move(params), id));
  questions_.emplace(id, Question{std::move(line), steady_clock::now() + timeout, std::move(done)});
  Wake();
  return id;
}

void MCPProcess::Forget(std::int64_t question) {
  const std::lock_guard lock(mutex_);
  const auto found = questions_.find(question);
  if (found == questions_.end()) return;
  if (found->second.sent) forgotten_.push_back(question);
  questions_.erase(found);
  Wake();
}

void MCPProcess::Wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the thread is awake.
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

// ---------------------------------------------------------------- the thread

void MCPProcess::Run() {
  for (;;) {
    Wait();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (child_) ReadLines();
    Expire();
    StartIfAsked();
    SendQuestions();
  }
}

void MCPProcess::Wait() {
  int wait_ms = kLongestWaitMs;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, question] : questions_) {
      const auto left = std::chrono::ceil<milliseconds>(question.deadline - steady_clock::now());
      wait_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, wait_ms));
    }
  }
  const auto what = static_cast<short>(POLLIN | (child_ && child_->has_unsent() ? POLLOUT : 0));
  std::array<pollfd, 2> waiting{{{wake_, POLLIN, 0}, {child_ ? child_->descriptor() : -1, what, 0}}};
  ::poll(waiting.data(), waiting.size(), wait_ms);
  std::uint64_t woken = 0;
  [[maybe_unused]] const auto taken = ::read(wake_, &woken, sizeof woken);
  if (child_) child_->SendOn();
}

void MCPProcess::ReadLines() {
  const Status read = child_->Read([this](std::string_view line) { Hear(line); });
  if (!refused_.ok()) return EndChild(std::exchange(refused_, OkStatus()), true);
  if (!read.ok()) EndChild(read, !greeted_);
}

void MCPProcess::Hear(std::string_view line) {
  auto heard = mcp::ParseLine(line);
  // Some write for people before they speak the protocol.
  if (!heard.ok()) return LogDebug("{}: {}", options_.command.front(), heard.status().message());
  if (!heard->method.empty()) {
    if (!heard->id.is_null()) {
      static_cast<void>(child_->Send(mcp::ToLine(mcp::AnswerTo(heard->id, heard->method))));
    }
    return;
  }
  if (heard->id == kGreeting) return Greeted(heard->result);
  const std::lock_guard lock(mutex_);
  const auto found =
      heard->id.is_number_integer() ? questions_.find(heard->id.get<std::int64_t>()) : questions_.end();
  if (found != questions_.end() && found->second.sent) Finish(found, std::move(heard->result));
}

void MCPProcess::Greeted(const Result<Json>& answer) {
  refused_ = answer.status();
  greeted_ = answer.ok();
  if (!greeted_) return;
  static_cast<void>(child_->Send(mcp::ToLine(mcp::Notification("notifications/initialized"))));
}

void MCPProcess::Expire() {
  bool silent = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    for (auto at = questions_.begin(); at != questions_.end();) {
      const auto question = at++;
      if (question->second.deadline > now) continue;
      silent = silent || !question->second.sent;
      if (question->second.sent) forgotten_.push_back(question->first);
      Finish(question, Status::DeadlineExceeded("no answer in time"));
    }
  }
  if (silent && child_ && !greeted_) EndChild(Status::DeadlineExceeded("no greeting in time"), true);
}

Status MCPProcess::MayStart() {
  const auto now = steady_clock::now();
  while (!starts_.empty() && starts_.front() + kStartsWithin < now) starts_.pop_front();
  if (starts_.size() >= kMaxStarts) {
    return Status::Unavailable("it has ended {} times within a minute", kMaxStarts);
  }
  starts_.push_back(now);
  return OkStatus();
}

void MCPProcess::StartIfAsked() {
  {
    const std::lock_guard lock(mutex_);
    if (child_ || questions_.empty()) return;
    forgotten_.clear();  // nobody who has heard of them is left
  }
  if (Status may = MayStart(); !may.ok()) return EndChild(may, true);
  auto child = MCPChild::Start(options_.command, options_.environment);
  if (!child.ok()) return EndChild(child.status(), true);
  child_ = *std::move(child);
  greeted_ = false;
  static_cast<void>(child_->Send(mcp::ToLine(mcp::Greeting(kGreeting))));
}

void MCPProcess::SendQuestions() {
  if (!child_ || !greeted_) return;
  const std::lock_guard lock(mutex_);
  for (const std::int64_t id : std::exchange(forgotten_, {})) {
    const Json what{{"requestId", id}, {"reason", "no longer wanted"}};
    static_cast<void>(child_->Send(mcp::ToLine(mcp::Notification("notifications/cancelled", what))));
  }
  for (auto at = questions_.begin(); at != questions_.end();) {
    const auto question = at++;
    if (question->second.sent) continue;
    question->second.sent = true;
    if (Status sent = child_->Send(question->second.line); !sent.ok()) Finish(question, std::move(sent));
  }
}

void MCPProcess::EndChild(const Status& why, bool all) {
  if (child_) LogWarning("{}: {}", options_.command.front(), why.message());
  {
    const std::lock_guard lock(mutex_);
    for (auto at = questions_.begin(); at != questions_.end();) {
      const auto question = at++;
      if (all || question->second.sent) Finish(question, why);
    }
  }
  // Not under the lock, for it may take its time to end.
  child_.reset();
}

void MCPProcess::Finish(std::map<std::int64_t, Question>::iterator question, Result<Json> answer) {
  Done done = std::move(question->second.done);
  questions_.erase(question);
  done(std::move(answer));
}

}  // namespace repartee
