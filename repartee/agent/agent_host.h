// AgentHost: many conversations at once. Each lives on one of a few loops, the one that has the
// fewest; the models are loaded once and shared by all.
//
// Limits: max_conversations; further clients are refused. Thread: any; Stop is the owner's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "repartee/agent/agent_stack.h"
#include "repartee/agent/client_conversation.h"

namespace repartee {

struct AgentHostOptions {
  AgentSettings agent;
  int threads = 0;  // loops; 0: one for each core, at most 8
  int max_conversations = 100;
  bool enable_tracing = true;
  // On the conversation's loop, with its id; must not wait. May be empty. One that has ended is not counted
  // any more.
  std::function<void(const std::string& conversation_id)> on_started;
  std::function<void(const std::string& conversation_id)> on_ended;
};

class AgentHost {
 public:
  AgentHost(std::unique_ptr<AgentStack> stack, AgentHostOptions options);
  // As Stop without patience.
  ~AgentHost();

  // Holds a conversation with whoever asks for this upgrade. Refused with 503 and a reason when there are
  // too many, or when the agent stops.
  void Take(WebSocketUpgrade upgrade, ClientKind client = {});

  int conversations() const { return conversations_; }
  AgentStack& stack() const { return *stack_; }

  // Takes nobody more; what is being said is said to its end, for at most `grace`; then all are cut off.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Worker {
    EventLoop loop;
    int load = 0;  // guarded by mutex_
    // On the loop alone.
    std::map<ClientConversation*, std::unique_ptr<ClientConversation>> conversations;
    std::thread thread;
  };

  Worker* Reserve();
  void Begin(Worker& worker, std::unique_ptr<WebSocket> socket, ClientKind client);
  void Ended(Worker& worker, ClientConversation* conversation);
  void Release(Worker& worker);

  const AgentHostOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<AgentStack> stack_;  // after the loops, so that it goes before them
  std::mutex mutex_;
  std::condition_variable quiet_;
  bool stopping_ = false;  // guarded by mutex_
  std::atomic<int> conversations_{0};
};

}  // namespace repartee
