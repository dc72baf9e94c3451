#include "bench/turn_agent.h"

#include <algorithm>
#include <vector>

#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"
#include "repartee/services/llm_service.h"
#include "repartee/services/stt_service.h"
#include "repartee/services/tts_service.h"

namespace repartee::bench {
namespace {

constexpr std::size_t kChunkBytes = 640;  // 20 ms
constexpr int kChunksPerSentence = 5;

// Of one chunk.
const std::vector<std::int16_t> kTone(kChunkBytes / 2, 1000);

STTOptions SttOptions() {
  STTOptions options;
  options.ttfs_p99_latency = Nanos(0);  // nothing waits by design
  return options;
}

TTSServiceOptions TtsOptions() {
  TTSServiceOptions options;
  options.sample_rate = kWireRateHz;
  return options;
}

LLMUserAggregatorParams UserParams() {
  LLMUserAggregatorParams params;
  params.user_turn_strategies.start.push_back(std::make_unique<VADUserTurnStartStrategy>());
  params.user_turn_strategies.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>(
      SpeechTimeoutUserTurnStopOptions{.user_speech_timeout = Nanos(0)}));
  return params;
}

Json SystemMessage() { return Json::array({{{"role", "system"}, {"content", "be short"}}}); }

}  // namespace

class TurnAgent::FakeStt final : public STTService {
 public:
  FakeStt() : STTService("FakeSTT", {{"model", "fake"}}, SttOptions()) {}

 protected:
  Status RunStt(const InputAudioRawFrame&) override { return OkStatus(); }
  void OnVadStopped(const VADUserStoppedSpeakingFrame&) override {
    PushTranscription("what is the weather", {}, true);
  }
};

class TurnAgent::FakeLlm final : public LLMService {
 public:
  explicit FakeLlm(int tokens) : LLMService("FakeLLM", {{"model", "fake"}}), tokens_(tokens) {}

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    RequestStarted(context->messages(), context->tools());
    FirstChunk();
    for (int i = 1; i <= tokens_; ++i) PushText(i == tokens_ / 2 || i == tokens_ ? " word." : " word");
    LLMTokenUsage usage;
    usage.prompt_tokens = 10;
    usage.completion_tokens = tokens_;
    usage.total_tokens = 10 + tokens_;
    NoteUsage(usage);
    co_return OkStatus();
  }

 private:
  const int tokens_;
};

class TurnAgent::FakeTts final : public TTSService {
 public:
  FakeTts() : TTSService("FakeTTS", {{"model", "fake"}, {"voice", "v"}}, TtsOptions()) {}

 protected:
  Task<Status> RunTts(std::string text, std::string context_id) override {
    PushTtsUsage(text);
    for (int i = 0; i < kChunksPerSentence; ++i) {
      AudioBuffer sound = AudioBuffer::Allocate(kChunkBytes);
      std::ranges::copy(kTone, sound.writable().begin());
      AppendAudio(context_id, std::move(sound));
    }
    co_return OkStatus();
  }
};

TurnAgent::TurnAgent(const TurnAgentOptions& options)
    : context_(std::make_shared<LLMContext>(SystemMessage())),
      aggregators_(MakeContextAggregators(context_, UserParams())),
      stt_(std::make_unique<FakeStt>()),
      llm_(std::make_unique<FakeLlm>(options.tokens)),
      tts_(std::make_unique<FakeTts>()),
      defaults_(options.observer) {
  pipeline_ = std::make_unique<Pipeline>(
      defaults_.Complete({stt_.get(), aggregators_.user.get(), llm_.get(), tts_.get(), &wire_,
                          aggregators_.assistant.get(), &spy_}));
  PipelineTaskOptions task_options = defaults_.Options(kWireRateHz);
  task_options.params.enable_metrics = true;
  task_options.params.enable_usage_metrics = true;
  task_options.enable_tracing = options.tracing;
  if (options.tracing) task_options.enable_turn_tracking = true;
  task_ = std::make_unique<PipelineTask>(*pipeline_, std::move(task_options));
}

// The task goes before what it runs.
TurnAgent::~TurnAgent() { task_.reset(); }

void TurnAgent::ResetContext() {
  [[maybe_unused]] const Status status = context_->SetMessages(SystemMessage());
}

}  // namespace repartee::bench
