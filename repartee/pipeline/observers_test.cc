#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/pipeline/filters.h"
#include "repartee/pipeline/log_observers.h"
#include "repartee/pipeline/startup_timing_observer.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

LogSink Into(std::vector<std::string>& lines) {
  return [&lines](const std::string& line) { lines.push_back(line); };
}

PipelineTaskOptions With(BaseObserver& observer) {
  PipelineTaskOptions options = testing::Rig::DefaultOptions();
  options.observers.push_back(&observer);
  return options;
}

// Counts what it is told of; may leave the list meanwhile.
class Counter final : public BaseObserver {
 public:
  int texts = 0;
  bool every_push = true;
  ObserverList* leaves = nullptr;

  void OnPushFrame(const FramePushed& event) override {
    EXPECT_TRUE(event.frame->Is<TextFrame>());
    ++texts;
    if (leaves) leaves->Remove(*this);
  }
  FrameTypeSet wanted_pushes() const override { return {FrameType::kText}; }
  bool observe_every_push() const override { return every_push; }
};

TEST(ObserverList, LosesNoFrameWhenAnObserverThrows) {
  class Throwing final : public BaseObserver {
   public:
    void OnPushFrame(const FramePushed&) override { throw std::runtime_error("no room"); }
    void OnProcessFrame(const FrameProcessed&) override { throw std::runtime_error("no room"); }
    FrameTypeSet wanted_pushes() const override { return {FrameType::kText}; }
    FrameTypeSet wanted_processing() const override { return {FrameType::kText}; }
  };
  Throwing observer;
  IdentityFilter filter;
  testing::Rig rig({&filter}, With(observer));

  rig.Push(Make<TextFrame>("a"));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("TextFrame(a)@0"));
}

TEST(ObserverList, TellsEachOfManyOnceAndOfNothingElse) {
  ObserverList list;
  std::vector<Counter> counters(40);
  for (Counter& counter : counters) list.Add(counter);
  IdentityFilter filter;
  const FramePtr text = Make<TextFrame>("a");
  const FramePtr end = Make<EndFrame>();

  list.NotifyPush({filter, filter, text, Direction::kDownstream, Nanos(0), true});
  list.NotifyPush({filter, filter, end, Direction::kDownstream, Nanos(0), true});

  for (const Counter& counter : counters) EXPECT_EQ(counter.texts, 1);
  EXPECT_TRUE(list.WantsPush(*text, true));
  EXPECT_TRUE(list.WantsPush(*text, false));
  EXPECT_FALSE(list.WantsPush(*end, true));
}

TEST(ObserverList, NeedsNotBeToldOfARepeatedPushWhereAllAskForTheFirstAlone) {
  ObserverList list;
  std::vector<Counter> counters(20);
  for (Counter& counter : counters) counter.every_push = false;
  for (Counter& counter : counters) list.Add(counter);
  IdentityFilter filter;
  const FramePtr text = Make<TextFrame>("a");

  for (const bool first : {true, false, false}) {
    EXPECT_EQ(list.WantsPush(*text, first), first);
    list.NotifyPush({filter, filter, text, Direction::kDownstream, Nanos(0), first});
  }

  for (const Counter& counter : counters) EXPECT_EQ(counter.texts, 1);
}

TEST(ObserverList, LetsAnObserverLeaveWhileItIsTold) {
  ObserverList list;
  std::vector<Counter> counters(20);
  for (Counter& counter : counters) list.Add(counter);
  counters.back().leaves = &list;
  counters.front().leaves = &list;
  IdentityFilter filter;
  const FramePtr text = Make<TextFrame>("a");

  for (int i = 0; i < 3; ++i) list.NotifyPush({filter, filter, text, Direction::kDownstream, Nanos(0), true});

  EXPECT_EQ(counters.front().texts, 1);
  EXPECT_EQ(counters.back().texts, 1);
  EXPECT_GE(counters[10].texts, 2);  // who stood behind one that left may miss that one push
  EXPECT_LE(counters[10].texts, 3);
}

TEST(LLMLogObserver, WritesTheAnswerOnceHoweverManyProcessorsItPasses) {
  std::vector<std::string> lines;
  LLMLogObserver observer(Into(lines));
  IdentityFilter one, two;
  testing::Rig rig({&one, &two}, With(observer));

  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Push(Make<LLMTextFrame>("Hello"));
  rig.Push(Make<LLMFullResponseEndFrame>());
  rig.Wait(milliseconds(1));

  EXPECT_THAT(lines,
              ElementsAre(EndsWith("answer begins"), EndsWith("says \"Hello\""), EndsWith("answer ends")));
}

TEST(TranscriptionLogObserver, TellsGuessesFromWhatWasHeard) {
  std::vector<std::string> lines;
  TranscriptionLogObserver observer(Into(lines));
  testing::Rig rig({}, With(observer));

  rig.Push(Make<InterimTranscriptionFrame>("hel", "u", ""));
  rig.Push(Make<TranscriptionFrame>("hello", "u", ""));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(lines, ElementsAre(EndsWith("hears \"hel\""), EndsWith("heard \"hello\"")));
}

TEST(MetricsLogObserver, WritesTheClassesItWasAskedFor) {
  std::vector<std::string> lines;
  MetricsLogOptions options;
  options.include_metrics = {"TTFBMetricsData"};
  options.sink = Into(lines);
  MetricsLogObserver observer(options);
  testing::Rig rig({}, With(observer));

  rig.Push(Make<MetricsFrame>(std::vector<MetricsData>{{"LLM#0", "m", TTFBMetricsData{0.25}},
                                                       {"LLM#0", "m", ProcessingMetricsData{0.5}}}));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(lines, ElementsAre(EndsWith("LLM#0 (m): TTFB 0.250s")));
}

TEST(DebugLogObserver, WritesEveryPushButAudio) {
  std::vector<std::string> lines;
  DebugLogObserver observer({FrameType::kText, FrameType::kInputAudioRaw}, Into(lines));
  std::vector<std::string> without_audio;
  DebugLogObserver usual(DebugLogObserver::AllButAudio(), Into(without_audio));
  IdentityFilter filter;
  PipelineTaskOptions options = With(observer);
  options.observers.push_back(&usual);
  testing::Rig rig({&filter}, options);

  rig.Push(Make<TextFrame>("a"));
  rig.Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(2), 16000, 1));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(lines, ::testing::Contains(AllOf(HasSubstr("-> "), EndsWith("\"a\""))));
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("InputAudioRawFrame")));
  EXPECT_THAT(without_audio, ::testing::Not(::testing::Contains(HasSubstr("InputAudioRawFrame"))));
}

// Takes its time over the start.
class SlowStart final : public FrameProcessor {
 public:
  SlowStart() : FrameProcessor("SlowStart") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->Is<StartFrame>()) return Wait(Begin(std::move(frame)));
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  Task<Status> Begin(FramePtr frame) {
    co_await Sleep(loop(), milliseconds(30));
    Push(std::move(frame));
    co_return OkStatus();
  }
};

TEST(StartupTimingObserver, TellsWhichProcessorTookTheTime) {
  EventLoop loop(EventLoop::Time::kVirtual);
  SlowStart slow;
  IdentityFilter quick;
  StartupTimingObserver observer(loop);
  std::vector<StartupTimingReport> reports;
  std::vector<TransportTimingReport> transports;
  observer.on_startup_timing_report = [&](const StartupTimingReport& report) { reports.push_back(report); };
  observer.on_transport_timing_report = [&](const TransportTimingReport& r) { transports.push_back(r); };
  Pipeline pipeline({&quick, &slow});
  PipelineTask task(pipeline, With(observer));

  loop.Post([&] { task.Start(loop); });
  loop.RunFor(milliseconds(50));
  task.QueueFrame(FramePtr(Make<ClientConnectedFrame>()));
  loop.RunFor(milliseconds(1));

  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_DOUBLE_EQ(reports[0].total_duration_secs, 0.03);
  const auto slowest =
      std::ranges::max_element(reports[0].processor_timings, {}, &ProcessorStartupTiming::duration_secs);
  EXPECT_THAT(slowest->processor_name, HasSubstr("SlowStart"));
  EXPECT_DOUBLE_EQ(slowest->duration_secs, 0.03);
  ASSERT_THAT(transports, SizeIs(1));
  EXPECT_GE(transports[0].client_connected_secs, 0.03);
}

}  // namespace
}  // namespace repartee
