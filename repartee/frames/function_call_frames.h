// Function calls: asked for by the model, run by the application, answered into the
// context. Every pair exists twice (downstream and upstream); the downstream one
// counts. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/unique_function.h"
#include "repartee/frames/frame.h"

namespace repartee {

class LLMContext;

struct FunctionCallFromLLM {
  std::string function_name;
  std::string tool_call_id;
  Json arguments = Json::object();
  std::shared_ptr<LLMContext> context;  // shared with the aggregators; may be null
};

struct FunctionCallsStartedFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kFunctionCallsStarted;
  static constexpr FrameType kLast = kFirst;
  explicit FunctionCallsStartedFrame(std::vector<FunctionCallFromLLM> calls)
      : SystemFrame(kFirst), function_calls(std::move(calls)) {}
  std::vector<FunctionCallFromLLM> function_calls;
};

struct FunctionCallInProgressFrame : ControlFrame {
  static constexpr FrameType kFirst = FrameType::kFunctionCallInProgress;
  static constexpr FrameType kLast = kFirst;
  FunctionCallInProgressFrame(std::string function, std::string call_id, Json given)
      : ControlFrame(kFirst, false),
        function_name(std::move(function)),
        tool_call_id(std::move(call_id)),
        arguments(std::move(given)) {}
  std::string function_name;
  std::string tool_call_id;
  Json arguments;
  bool cancel_on_interruption = false;
  std::string group_id;  // calls of one batch share it; empty: none
};

struct FunctionCallResultProperties {
  std::optional<bool> run_llm{};
  // Run on the conversation's loop once the result is in the context.
  std::shared_ptr<UniqueFunction<void()>> on_context_updated{};  // shared by the pair's twins
  bool is_final = true;
};

struct FunctionCallResultFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kFunctionCallResult;
  static constexpr FrameType kLast = kFirst;
  FunctionCallResultFrame(std::string function, std::string call_id, Json given, Json value)
      : DataFrame(kFirst, false),
        function_name(std::move(function)),
        tool_call_id(std::move(call_id)),
        arguments(std::move(given)),
        result(std::move(value)) {}
  std::string function_name;
  std::string tool_call_id;
  Json arguments;
  Json result;
  std::optional<bool> run_llm;
  std::optional<FunctionCallResultProperties> properties;
  std::optional<std::string> error;
};

struct FunctionCallCancelFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kFunctionCallCancel;
  static constexpr FrameType kLast = kFirst;
  FunctionCallCancelFrame(std::string function, std::string call_id)
      : SystemFrame(kFirst), function_name(std::move(function)), tool_call_id(std::move(call_id)) {}
  std::string function_name;
  std::string tool_call_id;
  bool run_llm = false;
};

// Calls that a remote service runs by itself: told to clients, not written into the context.
struct ExternalFunctionCall {
  std::string function_name;
  std::string tool_call_id;
  Json arguments = Json::object();
};
struct ExternalFunctionCallsStartedFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kExternalFunctionCallsStarted;
  static constexpr FrameType kLast = kFirst;
  explicit ExternalFunctionCallsStartedFrame(std::vector<ExternalFunctionCall> calls)
      : SystemFrame(kFirst), function_calls(std::move(calls)) {}
  std::vector<ExternalFunctionCall> function_calls;
};
struct ExternalFunctionCallInProgressFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kExternalFunctionCallInProgress;
  static constexpr FrameType kLast = kFirst;
  explicit ExternalFunctionCallInProgressFrame(ExternalFunctionCall which)
      : SystemFrame(kFirst), call(std::move(which)) {}
  ExternalFunctionCall call;
};
struct ExternalFunctionCallResultFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kExternalFunctionCallResult;
  static constexpr FrameType kLast = kFirst;
  ExternalFunctionCallResultFrame(ExternalFunctionCall which, Json value)
      : SystemFrame(kFirst), call(std::move(which)), result(std::move(value)) {}
  ExternalFunctionCall call;
  Json result;
  bool is_final = true;
};
struct ExternalFunctionCallCancelFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kExternalFunctionCallCancel;
  static constexpr FrameType kLast = kFirst;
  ExternalFunctionCallCancelFrame(std::string function, std::string call_id)
      : SystemFrame(kFirst), function_name(std::move(function)), tool_call_id(std::move(call_id)) {}
  std::string function_name;
  std::string tool_call_id;
};

}  // namespace repartee
