// CallTool: what a model is told that calls a function, for tests: over a real loop, since functions may ask
// servers. Thread: the test's.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "repartee/conversation/llm_context.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/services/llm_service.h"
#include "repartee/services/testing/observed.h"

namespace repartee::testing {

class ToolCaller final : public LLMService {
 public:
  ToolCaller(const DirectFunction& function, Json arguments)
      : LLMService("ToolCaller", Json::object()), name_(function.name), arguments_(std::move(arguments)) {
    RegisterDirectFunction(function);
  }

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    std::vector<FunctionCallRequest> calls(1);
    calls[0].call.function_name = name_;
    calls[0].call.tool_call_id = "1";
    calls[0].call.arguments = arguments_;
    RunFunctionCalls(std::move(calls));
    co_return OkStatus();
  }

 private:
  const std::string name_;
  const Json arguments_;
};

inline Json CallTool(const DirectFunction& function, Json arguments) {
  ToolCaller caller(function, std::move(arguments));
  Rig rig({&caller}, Rig::DefaultOptions(), EventLoop::Time::kReal);
  rig.Push(Make<LLMContextFrame>(std::make_shared<LLMContext>()));
  const auto results = [&rig] { return Frames<FunctionCallResultFrame>(rig.downstream()); };
  EXPECT_TRUE(rig.loop().RunUntil([&] { return !results().empty(); }, std::chrono::seconds(20)));
  return results().empty() ? Json() : results().front()->result;
}

}  // namespace repartee::testing
