// FunctionCalls: runs the functions a model calls and answers each call once: with the
// handler's result, a sentence that says what went wrong, or a cancellation.
//
// Handlers are coroutines beside the pipeline. An interruption destroys those that
// wait, unless registered as asynchronous (cancel_on_interruption = false); a
// time limit does the same. A handler that ends without a result is answered for.
//
// Limit: 64 calls at a time; further ones are dropped with an error.
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/task.h"
#include "repartee/frames/function_call_frames.h"

namespace repartee {

class FunctionCalls;
class LLMService;

// Gives the result of a call to the model. May be kept and called at any time on the loop;
// what comes after the final result, the handler's end or a cancellation is ignored.
class FunctionResultCallback {
 public:
  // `properties.is_final` = false tells of progress; asynchronous functions alone.
  void operator()(Json result, std::optional<FunctionCallResultProperties> properties = std::nullopt) const;

 private:
  friend class FunctionCalls;
  struct Call;
  std::weak_ptr<Call> call_;
};

struct FunctionCallParams {
  std::string function_name;
  std::string tool_call_id;
  Json arguments;                       // an object, as the model wrote it: not checked against any schema
  LLMService* llm = nullptr;            // never null
  std::shared_ptr<LLMContext> context;  // shared with the aggregators; may be null
  FunctionResultCallback result_callback;
};

// A coroutine that calls params.result_callback. An error makes the model hear that the function failed.
using FunctionHandler = std::function<Task<Status>(FunctionCallParams params)>;

struct FunctionOptions {
  bool cancel_on_interruption = true;  // false: asynchronous
  std::optional<Nanos> timeout{};      // else the service's; 0: none
  // The model is offered a second tool, cancel_NAME, which cancels a running call. Asynchronous functions
  // alone.
  bool cancellable_by_llm = false;
};

struct FunctionCallsOptions {
  bool run_in_parallel = true;       // else one after the other
  bool group_parallel_tools = true;  // one inference after the last of a batch
  Nanos timeout{0};                  // of functions that state none; 0: none
};

// One call of a batch. A `problem` (arguments that do not parse) is the answer, and no handler runs.
struct FunctionCallRequest {
  FunctionCallFromLLM call;
  std::string problem;
};

class FunctionCalls {
 public:
  // `llm` owns this.
  FunctionCalls(LLMService& llm, FunctionCallsOptions options);
  ~FunctionCalls();
  FunctionCalls(const FunctionCalls&) = delete;
  FunctionCalls& operator=(const FunctionCalls&) = delete;

  // Replaces an earlier one. The empty name takes all calls that no other handler takes.
  void Register(std::string name, FunctionHandler handler, FunctionOptions options);
  void Unregister(const std::string& name);
  // The schemas of the tools that cancel those of `offered` that can be cancelled.
  Json CancelTools(const Json& offered) const;

  // Announces a batch and starts it after the event in hand.
  void Run(std::vector<FunctionCallRequest> batch);
  // Cancels what an interruption cancels.
  void Interrupt();
  // Destroys all calls; nothing is pushed for them.
  void Clear();

 private:
  using Call = FunctionResultCallback::Call;
  friend class FunctionResultCallback;
  struct Registered {
    FunctionHandler handler;
    FunctionOptions options;
  };
  class Wake;

  bool IsCancellable(const std::string& name) const;
  bool IsCancelTool(const std::string& name) const;
  Task<Status> CancelByModel(FunctionCallParams params, std::string name);
  const Registered* Find(const std::string& name) const;
  std::shared_ptr<Call> NewCall(FunctionCallRequest request, const std::string& group_id);
  void Pump();
  void Begin(const std::shared_ptr<Call>& call);
  void GiveResult(Call& call, Json result, std::optional<FunctionCallResultProperties> properties);
  void Failed(Call& call, std::string sentence, std::optional<std::string> error);
  void PushResult(const Call& call, Json result, std::optional<FunctionCallResultProperties> properties,
                  std::optional<std::string> error);
  bool Cancel(Call& call, bool run_llm);
  void CancelOne(Call& call, bool run_llm);
  void Ended(Call& call);
  // The handler is over: answers for it unless it has answered.
  void GaveNothing(Call& call, const std::string& error);
  void Schedule();

  LLMService& llm_;
  const FunctionCallsOptions options_;
  std::map<std::string, Registered> handlers_;
  std::vector<std::shared_ptr<Call>> calls_;  // in order; the callbacks hold them weakly
  std::unique_ptr<Wake> wake_;
};

}  // namespace repartee
