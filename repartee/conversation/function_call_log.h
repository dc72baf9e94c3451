// FunctionCallLog: calls of tools, from their announcement to their last result, and
// how the context shows them.
//
// A call is an assistant message that asks and a tool message that answers: IN_PROGRESS
// first, then the result in its place. An asynchronous tool (one that an interruption
// does not cancel) may answer when the talk has gone on: then its result is a
// developer message of its own.
//
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "repartee/conversation/llm_context.h"
#include "repartee/frames/function_call_frames.h"

namespace repartee {

class FunctionCallLog {
 public:
  // Borrowed; outlives the log.
  explicit FunctionCallLog(LLMContext& context) : context_(context) {}

  void OnStarted(const FunctionCallsStartedFrame& frame);
  void OnInProgress(const FunctionCallInProgressFrame& frame);
  // False if the result is not taken: its call is unknown, settled, or may have but one result.
  bool OnResult(const FunctionCallResultFrame& frame);
  // False if the call is unknown or settled.
  bool OnCancel(const FunctionCallCancelFrame& frame);

  // Whether the model should go on now that this result, which was taken, is in the context.
  bool ShouldRunLLM(const FunctionCallResultFrame& frame) const;
  // Another call of the group of the last one that was settled runs, or is still to begin.
  bool GroupRuns() const;
  bool any_running() const;

 private:
  enum class State : std::uint8_t {
    kAnnounced,
    kRunning,
    kCancelled
  };
  struct Call {
    State state = State::kAnnounced;
    bool asynchronous = false;
    std::string group_id;     // empty: none
    std::uint64_t batch = 0;  // calls announced together
  };

  void WriteResult(const FunctionCallResultFrame& frame, const Call& call, bool final);

  LLMContext& context_;
  std::map<std::string, Call, std::less<>> calls_;
  std::uint64_t batches_ = 0;
  Call last_;  // of the last result or cancellation that was taken
  std::string last_id_;
};

}  // namespace repartee
