#include "tests/scenario/scripted_conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "repartee/conversation/user_turn/stop_strategies.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/transports/base_output.h"
#include "repartee/transports/write_pacer.h"
#include "tests/scenario/tone.h"

namespace repartee::scenario {
namespace {

constexpr int kMicrophoneRateHz = 16000;
constexpr std::int64_t kMicrophoneSamples = 320;
constexpr Nanos kMicrophoneGap = std::chrono::milliseconds(20);
constexpr Nanos kLookGap = std::chrono::milliseconds(10);
constexpr Nanos kEndLimit = std::chrono::seconds(60);
constexpr int kVoicePeak = 3000;
// As the recordings have it: the model's input is compared word by word.
constexpr const char* kInterruptedPrompt =
    "The user may have said something while you were responding, but it was not recognized. Your "
    "response was cut off there, and the conversation only includes the part they heard, which may be "
    "none of it. Briefly ask them to repeat what they said, and repeat any question of yours they may "
    "have missed.";

// A window is voice when anything in it is loud.
class PeakConfidence final : public VoiceConfidence {
 public:
  float Confidence(std::span<const std::int16_t> window) override {
    const bool loud = std::any_of(window.begin(), window.end(),
                                  [](std::int16_t sample) { return std::abs(int{sample}) > kVoicePeak; });
    return loud ? 1.0f : 0.0f;
  }
  void Reset() override {}
};

std::unique_ptr<VadAnalyzer> MakeVad() {
  VadParams params;
  params.min_volume = 0;
  auto vad = VadAnalyzer::Create(kMicrophoneRateHz, std::make_unique<PeakConfidence>(), params);
  return std::make_unique<VadAnalyzer>(*std::move(vad));
}

Json ToolSchemas(const std::vector<ScriptedTool>& tools) {
  Json schemas = Json::array();
  for (const ScriptedTool& tool : tools) {
    schemas.push_back({{"name", tool.name},
                       {"description", tool.description},
                       {"properties", tool.properties},
                       {"required", tool.required}});
  }
  return schemas;
}

std::vector<TraceStep> TakenApart(const std::vector<TraceStep>& given) {
  std::vector<TraceStep> steps;
  for (const TraceStep& step : given) {
    if (step.what != "speak") {
      steps.push_back(step);
      continue;
    }
    if (step.transcript) steps.emplace_back().what = "answer_finalize";
    if (step.transcript) steps.back().transcript = step.transcript;
    steps.emplace_back().what = "start_speaking";
    steps.emplace_back().what = "wait";
    steps.back().length = step.length;
    steps.emplace_back().what = "stop_speaking";
  }
  return steps;
}

}  // namespace

// Nobody hears it, but it takes its time.
class ScriptedConversation::Output final : public BaseOutputTransport {
 public:
  Output() : BaseOutputTransport("NullOutput", Params()) {}

 protected:
  Status OnSetup() override {
    pacer_.emplace(loop(), kMicrophoneGap);
    return BaseOutputTransport::OnSetup();
  }
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override {
    return pacer_->Written(FromSeconds(static_cast<double>(chunk->num_frames()) / chunk->sample_rate));
  }

 private:
  static TransportParams Params() {
    TransportParams params;
    params.audio_out_enabled = true;
    params.audio_out_sample_rate = 24000;
    return params;
  }
  std::optional<WritePacer> pacer_;
};

// Counts each frame at its first push. Of one that is broadcast both ways the downstream one counts.
class ScriptedConversation::FrameCounter final : public BaseObserver {
 public:
  explicit FrameCounter(ScriptedConversation& conversation) : conversation_(conversation) {}

  void OnPushFrame(const FramePushed& event) override {
    if (event.frame->Is<InputAudioRawFrame>()) return;
    if (event.direction != Direction::kDownstream && !event.frame->Is<ErrorFrame>()) return;
    const std::string type(event.frame->type_name());
    ++conversation_.seen_[type];
    conversation_.Tell(fmt::format("{} by {}", type, event.source.class_name()));
  }
  bool observe_every_push() const override { return false; }

 private:
  ScriptedConversation& conversation_;
};

ScriptedConversation::ScriptedConversation(EventLoop& loop, const ConversationScript& script, Options options)
    : loop_(loop),
      script_(script),
      options_(options),
      steps_(TakenApart(script.steps)),
      recognizer_(loop),
      model_(loop, script.replies),
      voice_(loop, script.voice),
      context_(std::make_shared<LLMContext>()),
      start_timer_(loop, [this] { Start(); }),
      step_timer_(loop, [this] { RunSteps(); }),
      limit_(loop, [this] {
        Fail(Status::DeadlineExceeded("the pipeline did not finish within {} s",
                                      kEndLimit / std::chrono::seconds(1)));
      }) {
  start_timer_.Arm(script.start);
}

ScriptedConversation::~ScriptedConversation() { task_.reset(); }

void ScriptedConversation::Start() {
  if (Status status = context_->SetMessages(script_.messages); !status.ok())
    return Fail(std::move(status).Annotate("messages"));
  if (Status status = context_->SetTools(ToolSchemas(script_.tools)); !status.ok())
    return Fail(std::move(status).Annotate("tools"));
  MakePipeline();
  started_ = true;
  task_->Start(loop_);
}

void ScriptedConversation::MakePipeline() {
  services_ = MakeScenarioServices(script_, {recognizer_, model_, voice_});
  LLMUserAggregatorParams params;
  params.vad_analyzer = MakeVad();
  params.empty_user_turn.interrupted_prompt = kInterruptedPrompt;
  SpeechTimeoutUserTurnStopOptions stop;
  stop.user_speech_timeout = script_.user_speech_timeout;
  params.user_turn_strategies.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>(stop));
  aggregators_ = MakeContextAggregators(context_, std::move(params));
  output_ = std::make_unique<Output>();
  counter_ = std::make_unique<FrameCounter>(*this);
  pipeline_ = std::make_unique<Pipeline>(
      std::vector<FrameProcessor*>{services_.stt.get(), aggregators_.user.get(), services_.llm.get(),
                                   services_.tts.get(), output_.get(), aggregators_.assistant.get()});
  PipelineTaskOptions options = script_.task;
  options.observers.push_back(counter_.get());
  task_ = std::make_unique<PipelineTask>(*pipeline_, std::move(options));
  task_->on_pipeline_started.Connect([this] { Began(); });
}

void ScriptedConversation::Began() {
  microphone_on_ = true;
  ArmStep(loop_.now());
  for (std::size_t i = 0; i < kMicrophoneSlots; ++i) {
    microphone_timers_.push_back(std::make_unique<Timer>(loop_, [this, i] { SendMicrophoneFrame(i); }));
    microphone_timers_.back()->Arm(i * kMicrophoneGap);
  }
}

void ScriptedConversation::SendMicrophoneFrame(std::size_t slot) {
  if (!microphone_on_) return;
  AudioBuffer sound = speaking_ ? Tone(0, kMicrophoneSamples, kMicrophoneRateHz)
                                : AudioBuffer::Silence(2 * static_cast<std::size_t>(kMicrophoneSamples));
  task_->QueueFrame(FramePtr(Make<InputAudioRawFrame>(std::move(sound), kMicrophoneRateHz, 1)));
  microphone_timers_[slot]->Arm(kMicrophoneSlots * kMicrophoneGap);
}

void ScriptedConversation::Tell(const std::string& text) const {
  if (!options_.verbose) return;
  fmt::print("{:>9.2f} ms  conversation {}  {}\n", ToSeconds(loop_.now() - options_.zero) * 1e3,
             options_.number, text);
}

// ---------------------------------------------------------------- steps

void ScriptedConversation::RunSteps() {
  while (status_.ok() && next_step_ < steps_.size()) {
    const TraceStep& step = steps_[next_step_];
    if (!std::exchange(step_under_way_, true)) {
      step_began_ = step_now_;
      Tell(fmt::format("-- {}", step.what));
    }
    if (!Do(step)) return;
    step_under_way_ = false;
    if (++next_step_ == steps_.size()) LastStepDone();
  }
}

bool ScriptedConversation::Do(const TraceStep& step) {
  if (step.what == "wait") {
    const Nanos over = step_began_ + step.length;
    if (step_now_ >= over) return true;
    ArmStep(over);
    return false;
  }
  if (step.what == "wait_for") return LookForFrame(step);
  if (step.what == "answer_finalize") recognizer_.Queue(*step.transcript);
  if (step.what == "stt_result") recognizer_.Say(*step.transcript);
  if (step.what == "start_speaking") speaking_ = true;
  if (step.what == "stop_speaking") speaking_ = false;
  if (step.what == "push") PushFrame(step);
  if (step.what == "end") task_->StopWhenDone();
  if (step.what == "cancel") task_->Cancel();
  return true;
}

bool ScriptedConversation::LookForFrame(const TraceStep& step) {
  if (seen_[step.frame] >= step.count) return true;
  if (step_now_ >= step_began_ + step.timeout) {
    Fail(Status::DeadlineExceeded("step {}: {} of {} {} came within {} ms", next_step_ + 1, seen_[step.frame],
                                  step.count, step.frame, step.timeout / std::chrono::milliseconds(1)));
    return false;
  }
  ArmStep(step_now_ + kLookGap);
  return false;
}

void ScriptedConversation::PushFrame(const TraceStep& step) {
  Json frame = {{"type", step.frame}};
  frame.update(step.fields);
  Result<Ref<Frame>> made = FrameFromStep(frame, {.context = context_, .wall_now = loop_.wall_now()});
  if (!made.ok()) return Fail(std::move(made).status().Annotate("step {}", next_step_ + 1));
  task_->QueueFrame(FramePtr(*std::move(made)));
}

void ScriptedConversation::LastStepDone() {
  microphone_on_ = false;
  microphone_timers_.clear();
  limit_.Arm(kEndLimit);
}

void ScriptedConversation::Fail(Status status) {
  if (status_.ok()) status_ = std::move(status).Annotate("conversation {}", options_.number);
  microphone_on_ = false;
}

}  // namespace repartee::scenario
