#include "repartee/agent/clip_conversation.h"

#include <optional>
#include <utility>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/runner.h"
#include "repartee/transports/file/file_output.h"

namespace repartee {
namespace {

// Notes replies, and what happens when the user speaks over the bot.
class Watch final : public BaseObserver {
 public:
  Watch(UserBotLatencyObserver& latency, const FrameProcessor& speaker) : speaker_(speaker) {
    latency.OnLatencyBreakdown([this](const LatencyBreakdown& breakdown) {
      waiting_ = !silence_;
      replies.push_back({breakdown, silence_.value_or(Nanos(0))});
    });
  }

  std::vector<Reply> replies;
  std::vector<Nanos> barge_ins;

  FrameTypeSet wanted_pushes() const override {
    return {FrameType::kLLMFullResponseStart,   FrameType::kMetrics,
            FrameType::kVADUserStartedSpeaking, FrameType::kBotStartedSpeaking,
            FrameType::kBotStoppedSpeaking,     FrameType::kTTSAudioRaw};
  }

  void OnPushFrame(const FramePushed& event) override {
    if (event.frame->Is<TTSAudioRawFrame>()) return Played(event);
    if (!event.first_push || event.direction != Direction::kDownstream) return;
    switch (event.frame->type()) {
      case FrameType::kMetrics: return Measured(*event.frame->As<MetricsFrame>());
      case FrameType::kVADUserStartedSpeaking:
        if (bot_speaking_) barged_in_at_ = event.time;
        return;
      case FrameType::kBotStartedSpeaking:
        bot_speaking_ = true;
        barged_in_at_.reset();
        return;
      case FrameType::kBotStoppedSpeaking:
        bot_speaking_ = false;
        if (barged_in_at_) barge_ins.push_back(event.time - *barged_in_at_);
        return;
      default: silence_.reset(); waiting_ = false;
    }
  }

 private:
  // A chunk leaves the speaker when it has been played; one may be under way when the bot is cut.
  void Played(const FramePushed& event) {
    if (&event.source != &speaker_ || bot_speaking_ || !barged_in_at_) return;
    barge_ins.back() = event.time - *barged_in_at_;
  }

  // The silence ahead of an answer is known with its first sound, before or after that begins to be played.
  void Measured(const MetricsFrame& metrics) {
    for (const MetricsData& data : metrics.data) {
      const auto* first_sound = std::get_if<TTFAMetricsData>(&data.value);
      if (!first_sound) continue;
      silence_ = FromSeconds(first_sound->leading_silence);
      if (std::exchange(waiting_, false)) replies.back().leading_silence = *silence_;
    }
  }

  const FrameProcessor& speaker_;
  std::optional<Nanos> silence_;  // of the answer under way
  bool waiting_ = false;          // the last reply for it
  bool bot_speaking_ = false;
  std::optional<Nanos> barged_in_at_;
};

PipelineTaskOptions TaskOptions(const AgentSettings& settings, const ClipConversationOptions& options) {
  PipelineTaskOptions task;
  task.params.allow_interruptions = settings.turns.interruptions;
  task.idle_timeout = settings.idle_timeout;
  task.additional_span_attributes = settings.additional_span_attributes;
  task.params.enable_metrics = true;
  task.params.enable_usage_metrics = true;
  task.enable_tracing = options.enable_tracing;
  task.conversation_id = options.conversation_id;
  return task;
}

FileOutputOptions OutputOptions(const ClipConversationOptions& options) {
  FileOutputOptions output;
  output.params.audio_out_end_silence = Nanos(0);
  output.recorder = options.recorder;
  return output;
}

FileInputOptions InputOptions(const ClipConversationOptions& options) {
  FileInputOptions input;
  input.silence_before = options.silence_before;
  input.recorder = options.recorder;
  return input;
}

// `clip` is the input if that is a recording.
Result<ClipConversationResult> Converse(EventLoop& loop, AgentStack& stack, const AgentSettings& settings,
                                        FrameProcessor& input, FrameProcessor& output,
                                        AgentNeighbours neighbours, FileInputTransport* clip,
                                        ClipConversationOptions options) {
  Result<AgentServices> services = stack.NewServices();
  if (!services.ok()) return std::move(services).status();
  Agent agent(*std::move(services), input, output, settings, neighbours);
  UserBotLatencyObserver latency(loop);
  Watch watch(latency, output);
  PipelineTaskOptions task_options = TaskOptions(settings, options);
  task_options.observers = {&latency, &watch};
  PipelineTask task(agent.pipeline(), std::move(task_options));
  std::optional<HangUp> hang_up;
  if (clip) hang_up.emplace(loop, task, *clip, agent, options.hang_up);

  ClipConversationResult result;
  const auto say = [&](Said said) {
    if (said.text.empty()) return;
    if (options.on_said) options.on_said(said);
    result.said.push_back(std::move(said));
  };
  agent.user().on_user_turn_stopped.Connect([&say](const std::string&, const std::string& text,
                                                   const std::string&) { say({Said::By::kUser, text}); });
  agent.assistant().on_assistant_turn_stopped.Connect(
      [&say](const std::string& text, bool interrupted, const std::string&) {
        say({Said::By::kBot, text, interrupted});
      });
  task.on_pipeline_error.Connect([&](const FramePtr& frame) {
    const auto& error = *frame->As<ErrorFrame>();
    result.errors.push_back(error.error);
    // Without a microphone or a loudspeaker nobody is there any more who could end it.
    if (!clip && (error.processor == input.name() || error.processor == output.name())) {
      task.Cancel("the sound device fails");
    }
  });
  if (!clip && !settings.greeting.empty()) {
    task.on_pipeline_started.Connect(
        [&task, &settings] { task.QueueFrame(FramePtr(Make<TTSSpeakFrame>(settings.greeting))); });
  }

  PipelineRunner({.handle_sigint = options.handle_sigint}).Run(task, loop);
  result.conversation_id = task.conversation_id();
  result.replies = std::move(watch.replies);
  result.silent_after_barge_in = std::move(watch.barge_ins);
  result.gave_up = hang_up && hang_up->gave_up();
  return result;
}

}  // namespace

Result<ClipConversationResult> RunClipConversation(EventLoop& loop, AgentStack& stack,
                                                   const AgentSettings& settings, WavAudio clip,
                                                   ClipConversationOptions options) {
  FileInputTransport caller(std::move(clip), InputOptions(options));
  FileOutputTransport speaker(OutputOptions(options));
  return Converse(loop, stack, settings, caller, speaker, {}, &caller, std::move(options));
}

Result<ClipConversationResult> RunLiveConversation(EventLoop& loop, AgentStack& stack,
                                                   const AgentSettings& settings, FrameProcessor& input,
                                                   FrameProcessor& output, AgentNeighbours neighbours,
                                                   ClipConversationOptions options) {
  return Converse(loop, stack, settings, input, output, neighbours, nullptr, std::move(options));
}

}  // namespace repartee
