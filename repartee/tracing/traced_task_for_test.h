// TracedTask: a traced task in virtual time for tests: services if given, an output stage
// that speaks when told, and the spans in the order in which they ended.
//
// Thread: the test's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/tracing/service_span.h"
#include "repartee/tracing/setup.h"

namespace repartee::testing {

// Where ended spans go at once.
class SpanLog final : public otel::SpanProcessor {
 public:
  explicit SpanLog(std::vector<otel::SpanPtr>& spans, bool provisional)
      : spans_(spans), provisional_(provisional) {}
  void OnEnd(otel::SpanPtr span) override { spans_.push_back(std::move(span)); }
  bool AcceptsProvisional() const override { return provisional_; }
  bool ForceFlush(Nanos) override { return true; }
  bool Shutdown(Nanos) override { return true; }

 private:
  std::vector<otel::SpanPtr>& spans_;
  const bool provisional_;
};

// Stands for the output transport: the bot speaks when the test says so, and an
// EndFrame waits until it has had its say.
class FakeOutput final : public FrameProcessor {
 public:
  FakeOutput() : FrameProcessor("FakeOutputTransport") {}
  void StartSpeaking() { Broadcast<BotStartedSpeakingFrame>(); }
  void StopSpeaking() { Broadcast<BotStoppedSpeakingFrame>(); }
  void LetEnd() {
    if (end_) Push(std::exchange(end_, nullptr));
  }
  bool holds_end = false;

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (holds_end && frame->Is<EndFrame>()) {
      end_ = std::move(frame);
    } else {
      Push(std::move(frame), direction);
    }
    return OkStatus();
  }

 private:
  FramePtr end_;
};

class TracedTask {
 public:
  // `services` stand in front of the output and outlive the task.
  explicit TracedTask(TracingParams params = {}, PipelineTaskOptions options = Options(),
                      bool provisional = false, std::vector<FrameProcessor*> services = {},
                      std::shared_ptr<Recordings> recordings = nullptr) {
    provider = std::make_shared<otel::TracerProvider>(otel::TracerProviderOptions{});
    provider->AddProcessor(std::make_unique<SpanLog>(spans, provisional));
    TraceTasksWith(provider, params, std::move(recordings));
    services.push_back(&output);
    rig = std::make_unique<Rig>(std::move(services), std::move(options));
  }
  ~TracedTask() { TraceTasksWith(nullptr, {}); }

  static PipelineTaskOptions Options() {
    PipelineTaskOptions options = Rig::DefaultOptions();
    options.enable_tracing = true;
    options.conversation_id = "customer-123";
    options.params.enable_metrics = true;
    return options;
  }

  TracingContext* context() { return rig->task().setup().tracing_context; }
  Nanos wall() { return rig->loop().wall_now(); }
  template <class F, class... Args>
  void Push(Args&&... args) {
    rig->Push(Make<F>(std::forward<Args>(args)...));
    rig->Wait(Nanos(0));
  }
  void UserStarts() {
    Push<VADUserStartedSpeakingFrame>(0.2, ToSeconds(wall()));
    Push<UserStartedSpeakingFrame>();
  }
  void UserFallsSilent() { Push<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(wall())); }
  void BotSpeaks(Nanos duration) {
    output.StartSpeaking();
    rig->Wait(duration);
    output.StopSpeaking();
  }
  void Finish() {
    rig->task().StopWhenDone();
    rig->Run();
  }

  // The last one of that name that ended; null if none did.
  const otel::SpanData* Find(std::string_view name) const {
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
      if ((*span)->name == name) return span->get();
    }
    return nullptr;
  }
  // "child < parent", in order of their end.
  std::vector<std::string> Tree() const {
    std::vector<std::string> lines;
    for (const otel::SpanPtr& span : spans) {
      std::string line = span->name;
      for (const otel::SpanPtr& other : spans) {
        if (other->context.span_id == span->parent_span_id) line += " < " + other->name;
      }
      lines.push_back(std::move(line));
    }
    return lines;
  }

  std::vector<otel::SpanPtr> spans;
  std::shared_ptr<otel::TracerProvider> provider;
  FakeOutput output;
  std::unique_ptr<Rig> rig;
};

// The attribute as people write it; "-" if it is not there.
inline std::string Shown(const otel::SpanData* span, std::string_view key) {
  const otel::AttributeValue* value = span ? otel::FindAttribute(span->attributes, key) : nullptr;
  return value ? otel::ToText(*value) : "-";
}

}  // namespace repartee::testing
