// MCPProcess: a server of tools that runs as a program of its own and speaks the Model Context Protocol over
// its standard input and output, one JSON-RPC message a line. All conversations share it.
//
// It is started at the first question. When it ends, what it was asked fails, since a tool that was called
// may have done its work; the next question starts it anew, at most three times within a minute. One that
// does not greet in time, or whose line is too long, is ended.
//
// Limits: 64 questions under way, each with its time limit; those of MCPChild. Thread: any; its own thread
// speaks with the program, and a caller never waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "repartee/agent/mcp_child.h"
#include "repartee/agent/mcp_protocol.h"
#include "repartee/base/unique_function.h"

namespace repartee {

struct MCPProcessOptions {
  std::vector<std::string> command{};  // the program and its arguments
  std::vector<std::pair<std::string, std::string>> environment{};
};

class MCPProcess {
 public:
  // Called once, on the process's thread and under its lock: it may hand the answer on and nothing else.
  using Done = UniqueFunction<void(Result<Json>)>;

  explicit MCPProcess(MCPProcessOptions options);
  // Ends the program, which takes two seconds at most. What is under way is never answered.
  ~MCPProcess();
  MCPProcess(const MCPProcess&) = delete;
  MCPProcess& operator=(const MCPProcess&) = delete;

  // The answer or why there is none: DeadlineExceeded, NotFound (no such program), Unavailable (it ended, or
  // answered with an error), ResourceExhausted at a limit.
  std::int64_t Ask(std::string method, Json params, std::chrono::milliseconds timeout, Done done);
  // Its answer is no longer wanted: after this `done` is not called. The server is told.
  void Forget(std::int64_t question);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Question {
    std::string line;
    TimePoint deadline;
    Done done;
    bool sent = false;
  };

  void Run();
  void Wait();
  void ReadLines();
  void Hear(std::string_view line);
  void Greeted(const Result<Json>& answer);
  void Expire();
  void StartIfAsked();
  void SendQuestions();
  // Answers those that the child has, or all, with `why`; and ends the child.
  void EndChild(const Status& why, bool all);
  void Finish(std::map<std::int64_t, Question>::iterator question, Result<Json> answer);
  Status MayStart();
  void Wake();

  const MCPProcessOptions options_;
  const int wake_;  // an event descriptor

  std::mutex mutex_;
  std::map<std::int64_t, Question> questions_;  // guarded by mutex_
  std::vector<std::int64_t> forgotten_;         // guarded by mutex_; sent, and to be cancelled
  std::int64_t last_question_;                  // guarded by mutex_
  bool stopping_ = false;                       // guarded by mutex_

  // Of the thread alone.
  std::unique_ptr<MCPChild> child_;
  bool greeted_ = false;
  Status refused_;  // how it answered the greeting, until that is seen to
  std::deque<TimePoint> starts_;
  std::thread thread_;
};

}  // namespace repartee
