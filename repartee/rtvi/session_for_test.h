// RTVISession: a whole agent in virtual time that a client talks to by RTVI messages, for tests.
// The model says "Hello there. How are you?" or asks for the weather, the voice speaks each sentence for
// 300 ms.
//
// Thread: the test's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/conversation/context_aggregators.h"
#include "repartee/conversation/user_turn/stop_strategies.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/rtvi/rtvi_observer.h"
#include "repartee/rtvi/rtvi_processor.h"
#include "repartee/services/llm_service.h"
#include "repartee/services/tts_service.h"
#include "repartee/transports/base_input.h"
#include "repartee/transports/paced_output_for_test.h"

namespace repartee::testing {

class MessageInput final : public BaseInputTransport {
 public:
  MessageInput() : BaseInputTransport("MessageInput", Params()) {}
  using BaseInputTransport::PushMessage;

 private:
  static TransportParams Params() {
    TransportParams params;
    params.audio_in_enabled = true;
    return params;
  }
};

class GreetingLlm final : public LLMService {
 public:
  GreetingLlm() : LLMService("LLM", Json{{"model", "fake-llm"}}) {
    RegisterFunction("get_weather", [](FunctionCallParams params) { return Weather(std::move(params)); });
  }

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    RequestStarted(context->messages(), Json());
    co_await Sleep(loop(), std::chrono::milliseconds(10));
    FirstChunk();
    const Json last = context->messages().back();
    if (last["role"] == "user" && last["content"].get<std::string>().find("weather") != std::string::npos) {
      const Json arguments{{"city", "Oslo"}};
      std::vector<FunctionCallRequest> calls(1);
      calls[0].call.function_name = "get_weather";
      calls[0].call.tool_call_id = "call_1";
      calls[0].call.arguments = arguments;
      RunFunctionCalls(std::move(calls));
      co_return OkStatus();
    }
    for (const char* token : {"Hello", " there", ".", " How", " are", " you", "?"}) PushText(token);
    co_return OkStatus();
  }

 private:
  static Task<Status> Weather(FunctionCallParams params) {
    params.result_callback(Json{{"temp_c", -3}});
    co_return OkStatus();
  }
};

class ToneTts final : public TTSService {
 public:
  ToneTts() : TTSService("TTS", Json{{"model", "fake-tts"}}, Options()) {}

 private:
  static TTSServiceOptions Options() {
    TTSServiceOptions options;
    options.sample_rate = 16000;
    return options;
  }
  Task<Status> RunTts(std::string /*text*/, std::string context_id) override {
    AudioBuffer audio = AudioBuffer::Allocate(9600);
    for (auto& sample : audio.writable()) sample = 10000;
    co_await Sleep(loop(), std::chrono::milliseconds(5));
    AppendAudio(context_id, std::move(audio));
    co_return OkStatus();
  }
};

class RTVISession {
 public:
  explicit RTVISession(RTVIObserverParams params = {}) : observer(rtvi, std::move(params)) {
    LLMUserAggregatorParams user;
    SpeechTimeoutUserTurnStopOptions stop;
    stop.user_speech_timeout = std::chrono::milliseconds(100);
    user.user_turn_strategies.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>(stop));
    aggregators = MakeContextAggregators(std::make_shared<LLMContext>(), std::move(user));
    PipelineTaskOptions options = Rig::DefaultOptions();
    options.params.enable_metrics = true;
    options.params.audio_out_sample_rate = 16000;
    options.observers = {&observer};
    rig = std::make_unique<Rig>(std::vector<FrameProcessor*>{&rtvi, &input, aggregators.user.get(), &llm,
                                                             &tts, &output, aggregators.assistant.get()},
                                std::move(options));
  }

  // A message of the client; what it causes at once has happened when it returns.
  void Deliver(const Json& message) {
    input.PushMessage(message);
    rig->Wait(Nanos(0));
  }
  void Say(std::string_view type, Json data = nullptr, std::string_view id = "c1") {
    Deliver(MakeRTVIMessage(type, std::move(data), id));
  }
  // A spoken turn of the user, 200 ms long.
  void Speak(const std::string& text) {
    input.Broadcast<VADUserStartedSpeakingFrame>(0.2, 0.0);
    rig->Wait(std::chrono::milliseconds(50));
    input.Push(Make<InterimTranscriptionFrame>(text.substr(0, 4), "user-1", "2026-01-01T00:00:00Z"));
    rig->Wait(std::chrono::milliseconds(50));
    input.Broadcast<VADUserStoppedSpeakingFrame>(0.2, 0.0);
    auto said = Make<TranscriptionFrame>(text, "user-1", "2026-01-01T00:00:01Z");
    said->finalized = true;
    input.Push(std::move(said));
    rig->Wait(std::chrono::milliseconds(200));
  }

  // What the client was told, without measurements.
  std::vector<Json> Told() const {
    std::vector<Json> told;
    for (const Json& message : output.messages) {
      if (message["type"] != "metrics") told.push_back(message);
    }
    return told;
  }
  std::vector<std::string> ToldTypes() const {
    std::vector<std::string> types;
    for (const Json& message : Told()) types.push_back(message["type"]);
    return types;
  }
  // The data of all messages of a type.
  std::vector<Json> ToldData(std::string_view type) const {
    std::vector<Json> data;
    for (const Json& message : output.messages) {
      if (message["type"] == type) data.push_back(message.value("data", Json()));
    }
    return data;
  }

  RTVIProcessor rtvi;
  RTVIObserver observer;
  MessageInput input;
  GreetingLlm llm;
  ToneTts tts;
  PacedOutput output;
  LLMContextAggregatorPair aggregators;
  std::unique_ptr<Rig> rig;  // last: it ends the pipeline
};

}  // namespace repartee::testing
