#include "tests/scenario/scenario_services.h"

#include <fmt/format.h>

#include "repartee/services/cartesia/service.h"
#include "repartee/services/deepgram/service.h"
#include "repartee/services/openai/service.h"

namespace repartee::scenario {
namespace {

Task<Status> Answer(FunctionCallParams params, ScriptedTool tool) {
  co_await Sleep(*EventLoop::Current(), tool.delay);
  if (tool.raises) co_return Status::Internal("{}", *tool.raises);
  params.result_callback(std::move(tool.result));
  co_return OkStatus();
}

std::unique_ptr<FrameProcessor> MakeModel(const ConversationScript& script, const ModelVendor& vendor) {
  OpenAILLMOptions options;
  options.settings = {{"model", "gpt-4.1"}, {"system_instruction", script.system_prompt}};
  options.settings.update(script.llm_settings);
  options.chat.base_url = fmt::format("http://127.0.0.1:{}/v1", vendor.port());
  options.chat.api_key = "sk-test";
  auto model = std::make_unique<OpenAILLMService>(std::move(options));
  for (const ScriptedTool& tool : script.tools) {
    const FunctionOptions how{.cancel_on_interruption = tool.cancel_on_interruption, .timeout = tool.timeout};
    const auto handler = [tool](FunctionCallParams params) { return Answer(std::move(params), tool); };
    model->RegisterFunction(tool.name, handler, how);
  }
  return model;
}

std::unique_ptr<FrameProcessor> MakeRecognizer(const ConversationScript& script,
                                               const RecognizerVendor& vendor) {
  DeepgramSTTOptions options;
  options.settings = script.stt_settings;
  options.client.base_url = fmt::format("ws://127.0.0.1:{}", vendor.port());
  options.client.api_key = "dg-test";
  return std::make_unique<DeepgramSTTService>(std::move(options));
}

std::unique_ptr<FrameProcessor> MakeVoice(const ConversationScript& script, const VoiceVendor& vendor) {
  CartesiaTTSOptions options;
  options.settings = {{"voice", "71a7ad14-091c-4e8e-a314-022ece01c121"}};
  options.settings.update(script.tts_settings);
  options.client.url = fmt::format("ws://127.0.0.1:{}/tts/websocket", vendor.port());
  options.client.api_key = "ca-test";
  return std::make_unique<CartesiaTTSService>(std::move(options));
}

}  // namespace

ScenarioServices MakeScenarioServices(const ConversationScript& script, Vendors vendors) {
  return {.stt = MakeRecognizer(script, vendors.recognizer),
          .llm = MakeModel(script, vendors.model),
          .tts = MakeVoice(script, vendors.voice)};
}

}  // namespace repartee::scenario
