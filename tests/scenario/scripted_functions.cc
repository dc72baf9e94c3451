#include "tests/scenario/scripted_functions.h"

namespace repartee::scenario {
namespace {

Status ReadFunction(const Json& json, ScriptedFunction& function) {
  ObjectReader read(json, "function");
  read.Required("name", function.name);
  read.Required("delay_ms", function.delay_ms);
  read.Required("result", function.result);
  read("cancel_on_interruption", function.cancel_on_interruption);
  Nanos timeout{0};
  read.Seconds("timeout_secs", timeout);
  if (timeout > Nanos(0)) function.timeout = timeout;
  return read.Finish();
}

Task<Status> Answer(FunctionCallParams params, double delay_ms, Json result) {
  co_await Sleep(*EventLoop::Current(), FromSeconds(delay_ms / 1000));
  params.result_callback(std::move(result));
  co_return OkStatus();
}

}  // namespace

std::vector<ScriptedFunction> ReadFunctions(ObjectReader& read, std::string_view key) {
  std::vector<Json> given;
  std::vector<ScriptedFunction> functions;
  read(key, given);
  for (const Json& function : given) read.Note(key, ReadFunction(function, functions.emplace_back()));
  return functions;
}

void RegisterFunctions(LLMService& llm, std::vector<ScriptedFunction> functions) {
  for (ScriptedFunction& function : functions) {
    const FunctionOptions options{.cancel_on_interruption = function.cancel_on_interruption,
                                  .timeout = function.timeout};
    const auto handler = [delay_ms = function.delay_ms,
                          result = std::move(function.result)](FunctionCallParams params) {
      return Answer(std::move(params), delay_ms, result);
    };
    llm.RegisterFunction(std::move(function.name), handler, options);
  }
}

}  // namespace repartee::scenario
