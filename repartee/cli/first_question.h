// The question that `repartee up` asks its agent at the first start, so that the dashboard
// has a conversation to show: a recorded clip, compiled in.
//
// Thread: the owner's makes and destroys it; the conversation has one of its own.
#pragma once

#include <thread>

#include "repartee/agent/agent_stack.h"

namespace repartee::cli {

class FirstQuestion {
 public:
  // Asks, at the pace of a call, and prints what was said. `stack` outlives this.
  FirstQuestion(AgentStack& stack, AgentSettings settings);
  // Waits for the answer's end; HangUpOptions bounds it.
  ~FirstQuestion();
  FirstQuestion(const FirstQuestion&) = delete;
  FirstQuestion& operator=(const FirstQuestion&) = delete;

 private:
  std::thread thread_;
};

}  // namespace repartee::cli
