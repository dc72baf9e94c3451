// Services of a user's own, traced like the library's: each keeps the scope of its kind
// (TracedStt, TracedLlm, TracedTts) and tells it what happens. A recognizer that knows what
// will be said, a model that repeats it and a voice that beeps hold a conversation of one
// turn; then its trace is printed.
//
//   repartee-own-service
//
// OTEL_EXPORTER_OTLP_ENDPOINT and its like send the trace there as well.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/dotenv.h"
#include "repartee/base/iso_time.h"
#include "repartee/conversation/context_aggregators.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/otel/in_memory_exporter.h"
#include "repartee/otel/setup.h"
#include "repartee/otel/trace_tree.h"
#include "repartee/pipeline/runner.h"
#include "repartee/tracing/setup.h"
#include "repartee/tracing/traced_llm.h"
#include "repartee/tracing/traced_stt.h"
#include "repartee/tracing/traced_tts.h"
#include "repartee/transports/file/file_output.h"

using namespace repartee;
using std::chrono::milliseconds;

namespace {

// Somebody who says one thing and listens to the answer.
class Caller final : public FrameProcessor {
 public:
  Caller() : FrameProcessor("Caller") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    const bool starts = frame->Is<StartFrame>();
    Push(std::move(frame), direction);
    if (starts) Background(Speak());
    return OkStatus();
  }

 private:
  Task<Status> Speak() {
    co_await Sleep(loop(), milliseconds(300));
    Push(Make<VADUserStartedSpeakingFrame>(0.2, ToSeconds(loop().wall_now())));
    co_await Sleep(loop(), milliseconds(700));
    Push(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(loop().wall_now())));
    co_return OkStatus();
  }
};

// Hears always the same.
class ForesightSTTService final : public FrameProcessor {
 public:
  ForesightSTTService() : FrameProcessor("ForesightSTTService") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    // One scope for as long as the service lives in a task; without tracing its context is null.
    if (frame->Is<StartFrame>()) trace_.emplace(setup().tracing_context);
    if (const auto* started = frame->As<VADUserStartedSpeakingFrame>()) trace_->SpeechStarted(*started);
    const auto* stopped = frame->As<VADUserStoppedSpeakingFrame>();
    if (stopped) {
      trace_->SpeechStopped(*stopped);
      Background(Transcribe(stopped->timestamp - stopped->stop_secs));
    }
    Push(std::move(frame), direction);
    return OkStatus();
  }
  void OnCleanup() override { trace_.reset(); }

 private:
  Task<Status> Transcribe(double speech_ended) {
    co_await Sleep(loop(), milliseconds(80));
    trace_->AudioSeconds(1.0);
    auto frame = Make<TranscriptionFrame>("Is anybody there?", "", FormatIsoMillis(loop().wall_now()));
    frame->finalized = true;
    const TracedService service{class_name(), "crystal-ball", settings_};
    trace_->Transcribed(*frame, service);
    trace_->Ttfb(ToSeconds(loop().wall_now()) - speech_ended);
    trace_->Finalized();
    Push(std::move(frame));
    co_return OkStatus();
  }

  const Json settings_ = Json{{"language", "en"}};
  std::optional<TracedStt> trace_;
};

// Says what it was told, word by word.
class ParrotLLMService final : public FrameProcessor {
 public:
  ParrotLLMService() : FrameProcessor("ParrotLLMService") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (const auto* asked = frame->As<LLMContextFrame>()) return Wait(Answer(asked->context));
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  // An interruption destroys the coroutine and the scope in it: then the span says so.
  Task<Status> Answer(std::shared_ptr<LLMContext> context) {
    const Json messages = context->MessagesFor("parrot");
    const Json no_tools;
    const TracedService service{class_name(), "parrot-1", settings_};
    const TracedRequest request{messages, no_tools};
    TracedLlm trace(setup().tracing_context, service, request);
    const std::string heard = messages.back().value("content", "");
    Push(Make<LLMFullResponseStartFrame>());
    co_await Sleep(loop(), milliseconds(120));
    trace.FirstChunk(0.12);
    for (const std::string& piece : {std::string("You said: "), heard}) {
      trace.Text(piece);
      Push(Make<LLMTextFrame>(piece));
      co_await Sleep(loop(), milliseconds(20));
    }
    LLMTokenUsage usage;
    usage.prompt_tokens = 6;
    usage.completion_tokens = 9;
    trace.Usage(usage);
    trace.End();
    Push(Make<LLMFullResponseEndFrame>());
    co_return OkStatus();
  }

  const Json settings_ = Json{{"temperature", 0.0}};
};

// Beeps as long as somebody would speak; one context an answer.
class BeepTTSService final : public FrameProcessor {
 public:
  BeepTTSService() : FrameProcessor("BeepTTSService") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->Is<StartFrame>()) traces_.emplace(setup().tracing_context);
    if (frame->Is<LLMFullResponseStartFrame>()) text_.clear();
    if (const auto* piece = frame->As<LLMTextFrame>()) {
      text_ += piece->text;
      return OkStatus();
    }
    if (frame->Is<LLMFullResponseEndFrame>()) return Wait(Speak(std::move(frame)));
    Push(std::move(frame), direction);
    return OkStatus();
  }
  void OnCleanup() override { traces_.reset(); }

 private:
  Task<Status> Speak(FramePtr end_of_answer) {
    constexpr int kRateHz = 24000;
    const std::string id = "beep-" + std::to_string(++contexts_);
    const TracedService service{class_name(), "beep-1", settings_};
    // With the id of its frames the span lasts until the sound has been played, and tells what was heard.
    TracedTtsOptions options;
    options.context_id = id;
    traces_->Open(service, std::move(options));
    if (TracedTts* trace = traces_->Find(id)) trace->Text(text_);
    co_await Sleep(loop(), milliseconds(50));
    const std::size_t samples = static_cast<std::size_t>(kRateHz) * text_.size() / 30;
    if (TracedTts* trace = traces_->Find(id)) {
      trace->Ttfb(0.05);
      trace->Audio(static_cast<double>(samples) / kRateHz);
      trace->End();
    }
    auto spoken = Make<TTSTextFrame>(text_, TextType::kSentence);
    spoken->context_id = id;
    Push(Make<TTSStartedFrame>(id));
    Push(Make<TTSAudioRawFrame>(AudioBuffer::Silence(2 * samples), kRateHz, 1, id));
    Push(std::move(spoken));
    Push(Make<TTSStoppedFrame>(id));
    Push(std::move(end_of_answer));
    co_return OkStatus();
  }

  const Json settings_ = Json{{"voice", "440 Hz"}};
  std::optional<TracedTtsContexts> traces_;
  std::string text_;
  int contexts_ = 0;
};

// Ends the conversation when the answer has been played.
class HangUpWhenAnswered final : public BaseObserver {
 public:
  explicit HangUpWhenAnswered(PipelineTask& task) : task_(task) { task_.AddObserver(*this); }
  ~HangUpWhenAnswered() override { task_.RemoveObserver(*this); }

 private:
  void OnPushFrame(const FramePushed& event) override {
    if (event.first_push && event.frame->Is<BotStoppedSpeakingFrame>()) task_.StopWhenDone();
  }
  FrameTypeSet wanted_pushes() const override { return {FrameType::kBotStoppedSpeaking}; }

  PipelineTask& task_;
};

bool TraceInto(const std::shared_ptr<otel::SpanStore>& store) {
  TracingSetup tracing;
  tracing.service_name = "own-service";
  const bool elsewhere = !otel::Environment().Get("OTEL_EXPORTER_OTLP_ENDPOINT").empty();
  if (elsewhere) tracing.exporter = otel::OtlpHttpExporter::FromEnvironment();
  auto memory = std::make_unique<otel::InMemoryExporter>(store);
  if (!tracing.exporter) {
    tracing.exporter = std::move(memory);
    return SetupTracing(std::move(tracing));
  }
  if (!SetupTracing(std::move(tracing))) return false;
  GlobalTracerProvider()->AddBatchExporter(std::move(memory), {});
  return true;
}

}  // namespace

int main() {
  if (Status status = LoadDotenv(); !status.ok()) {
    std::fprintf(stderr, "repartee-own-service: %s\n", status.message().c_str());
    return 1;
  }
  const auto store = std::make_shared<otel::SpanStore>();
  if (!TraceInto(store)) return 1;

  EventLoop loop;
  Caller caller;
  ForesightSTTService stt;
  ParrotLLMService llm;
  BeepTTSService tts;
  FileOutputTransport speaker;
  const auto aggregators = MakeContextAggregators(std::make_shared<LLMContext>());
  Pipeline pipeline(
      {&caller, &stt, aggregators.user.get(), &llm, &tts, &speaker, aggregators.assistant.get()});
  PipelineTask task(pipeline, {.params = {.enable_metrics = true}, .enable_tracing = true});
  const HangUpWhenAnswered hang_up(task);
  PipelineRunner().Run(task, loop);

  const bool delivered = ShutdownTracing();
  std::fputs(otel::FormatTraceTree(store->spans()).c_str(), stdout);
  return delivered ? 0 : 1;
}
