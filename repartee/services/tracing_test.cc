// The spans that the service bases open by themselves.
#include <gmock/gmock.h>

#include "repartee/frames/llm_frames.h"
#include "repartee/services/llm_service.h"
#include "repartee/services/segmented_stt_service.h"
#include "repartee/services/tts_service.h"
#include "repartee/tracing/traced_task_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Shown;
using testing::TracedTask;

// Hears the same words in everything.
class WhisperSTTService final : public SegmentedSTTService {
 public:
  WhisperSTTService()
      : SegmentedSTTService("WhisperSTTService", {{"model", "tiny"}, {"language", "en"}}, Options()) {}

 private:
  static SegmentedSTTOptions Options() {
    return {.lead_in = milliseconds(0), .added_silence = milliseconds(0)};
  }
  Task<Result<std::string>> Transcribe(SpeechSegment) override {
    co_await Sleep(loop(), milliseconds(150));
    co_return std::string("Hello there.");
  }
};

// Streams two sentences; fails or goes on for ever if told to.
class FakeLLMService final : public LLMService {
 public:
  FakeLLMService() : LLMService("FakeLLMService", {{"model", "fake-1"}, {"temperature", 0.5}}) {}
  bool fails = false;
  bool hangs = false;
  Nanos thinks{0};  // between the first sign of an answer and its first word

 private:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    RequestStarted(Json::parse(R"([{"role": "user", "content": "Hello there."}])"), Json());
    co_await Sleep(loop(), milliseconds(100));
    if (fails) {
      Fail("fake: too many requests", ErrorCategory::kRateLimit);
      co_return OkStatus();
    }
    FirstChunk();
    NoteResponseModel("fake-1-2026");
    if (thinks > Nanos(0)) co_await Sleep(loop(), thinks);
    PushText("Good day. ");
    co_await Sleep(loop(), hangs ? Nanos(std::chrono::hours(1)) : Nanos(milliseconds(100)));
    PushText("How are you?");
    LLMTokenUsage usage;
    usage.prompt_tokens = 5;
    usage.completion_tokens = 7;
    NoteUsage(usage);
    co_return OkStatus();
  }
};

// A tenth of a second of silence for each sentence, after 80 ms; or a tone, behind so much silence.
class FakeTTSService final : public TTSService {
 public:
  FakeTTSService() : TTSService("FakeTTSService", {{"model", "voice-1"}, {"voice", "anna"}}) {}
  Nanos silence{0};

 private:
  Task<Status> RunTts(std::string, std::string context_id) override {
    co_await Sleep(loop(), milliseconds(80));
    AppendAudio(context_id,
                silence > Nanos(0) ? Sound() : AudioBuffer::Silence(Samples(milliseconds(100)) * 2));
    co_return OkStatus();
  }
  std::size_t Samples(Nanos duration) const {
    return static_cast<std::size_t>(ToSeconds(duration) * sample_rate() + 0.5);
  }
  AudioBuffer Sound() const {
    std::vector<std::int16_t> samples(Samples(silence), 0);
    for (std::size_t i = 0; i < Samples(milliseconds(200)); ++i)
      samples.push_back(i % 100 < 50 ? std::int16_t{8000} : std::int16_t{-8000});
    return AudioBuffer::Copy(samples);
  }
};

// Says what it is told to.
class ScriptedSTTService final : public STTService {
 public:
  ScriptedSTTService() : STTService("ScriptedSTTService", {{"model", "tiny"}}, {}) {}
  void Say(const char* text, bool finalized) { PushTranscription(text, {}, finalized); }

 private:
  Status RunStt(const InputAudioRawFrame&) override { return OkStatus(); }
};

class ServiceSpans : public ::testing::Test {
 protected:
  void HearSpeech() {
    task.UserStarts();
    for (int i = 0; i < 50; ++i) {
      task.rig->Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
      task.rig->Wait(milliseconds(20));
    }
    task.UserFallsSilent();
    task.rig->Wait(milliseconds(300));
  }
  void Answer() { task.rig->Push(Make<LLMContextFrame>(nullptr)); }

  WhisperSTTService stt;
  FakeLLMService llm;
  FakeTTSService tts;
  TracedTask task{{}, TracedTask::Options(), false, {&stt, &llm, &tts}};
};

TEST_F(ServiceSpans, FormTheTurnsTree) {
  HearSpeech();
  Answer();
  task.rig->Wait(std::chrono::seconds(1));
  task.Finish();

  EXPECT_THAT(task.Tree(),
              ElementsAre("stt_whispersttservice < turn-1", "llm_fakellmservice < turn-1",
                          "tts_fakettsservice < turn-1", "turn-1 < conversation", "conversation"));
}

TEST_F(ServiceSpans, TellWhatWasHeardAndHowLongItTook) {
  HearSpeech();

  const otel::SpanData* span = task.Find("stt_whispersttservice");
  ASSERT_NE(span, nullptr);
  EXPECT_EQ(Shown(span, "gen_ai.provider.name"), "\"whisper\"");
  EXPECT_EQ(Shown(span, "gen_ai.request.model"), "\"tiny\"");
  EXPECT_EQ(Shown(span, "settings.language"), "\"en\"");
  EXPECT_EQ(Shown(span, "transcript"), "\"Hello there.\"");
  EXPECT_EQ(Shown(span, "is_final"), "true");
  EXPECT_EQ(Shown(span, "metrics.processing"), "0.15");
  EXPECT_NEAR(std::stod(Shown(span, "metrics.ttfb")), 0.35, 1e-6);
  EXPECT_NEAR(std::stod(Shown(span, "metrics.audio_seconds")), 1.0, 0.01);
}

TEST_F(ServiceSpans, TellWhatWasAnsweredAndSpoken) {
  Answer();
  task.rig->Wait(std::chrono::seconds(1));
  task.Finish();

  const otel::SpanData* answer = task.Find("llm_fakellmservice");
  EXPECT_EQ(Shown(answer, "output"), "\"Good day. How are you?\"");
  EXPECT_EQ(Shown(answer, "gen_ai.request.temperature"), "0.5");
  EXPECT_EQ(Shown(answer, "gen_ai.response.model"), "\"fake-1-2026\"");
  EXPECT_EQ(Shown(answer, "gen_ai.usage.input_tokens"), "5");
  EXPECT_EQ(Shown(answer, "metrics.ttfb"), "0.1");
  EXPECT_EQ(Shown(answer, "metrics.processing"), "0.2");
  const otel::SpanData* speech = task.Find("tts_fakettsservice");
  EXPECT_EQ(Shown(speech, "text"), "\"Good day. How are you?\"");
  EXPECT_EQ(Shown(speech, "voice_id"), "\"anna\"");
  EXPECT_EQ(Shown(speech, "metrics.ttfb"), "0.08");
  EXPECT_EQ(Shown(speech, "metrics.character_count"), "21");
  EXPECT_EQ(Shown(speech, "tts.audio_seconds"), "0.2");
}

TEST_F(ServiceSpans, TellWhenTheAnswerBeganAndWhenItCouldBeHeard) {
  llm.thinks = milliseconds(40);
  tts.silence = milliseconds(120);
  Answer();
  task.rig->Wait(std::chrono::seconds(1));
  task.Finish();

  const auto seconds = [this](const char* span, const char* key) {
    return std::stod(Shown(task.Find(span), key));
  };
  EXPECT_NEAR(seconds("llm_fakellmservice", "metrics.ttfb"), 0.10, 1e-6);
  EXPECT_NEAR(seconds("llm_fakellmservice", "metrics.ttfat"), 0.14, 1e-6);
  EXPECT_NEAR(seconds("llm_fakellmservice", "metrics.thinking_time"), 0.04, 1e-6);
  EXPECT_NEAR(seconds("tts_fakettsservice", "metrics.leading_silence"), 0.12, 0.02);
  EXPECT_NEAR(seconds("tts_fakettsservice", "metrics.ttfa"),
              seconds("tts_fakettsservice", "metrics.ttfb") +
                  seconds("tts_fakettsservice", "metrics.leading_silence"),
              1e-6);
}

// The user goes on after the first words, and nothing more is understood.
class VoiceWithoutWords : public ::testing::Test {
 protected:
  VoiceWithoutWords() {
    task.UserStarts();
    task.rig->Wait(milliseconds(500));
    stt.Say("Well", false);
    task.Push<VADUserStartedSpeakingFrame>(0.2, ToSeconds(task.wall()));
    task.rig->Wait(milliseconds(500));
    task.UserFallsSilent();
  }
  ScriptedSTTService stt;
  TracedTask task{{}, TracedTask::Options(), false, {&stt}};
};

TEST_F(VoiceWithoutWords, EndsTheSpanWithTheTurnAndLeavesItIncomplete) {
  task.rig->Wait(milliseconds(300));
  task.Push<UserStoppedSpeakingFrame>();

  const otel::SpanData* span = task.Find("stt_scriptedsttservice");
  ASSERT_NE(span, nullptr);
  EXPECT_EQ(Shown(span, "stt.incomplete"), "true");
  EXPECT_NEAR(std::stod(Shown(span, "metrics.ttfb")), 0.5, 1e-6);
  EXPECT_EQ(span->end, task.wall());
}

TEST_F(VoiceWithoutWords, LeavesTheSpanToTheWordsThatComeLate) {
  task.rig->Wait(milliseconds(2500));
  EXPECT_EQ(task.Find("stt_scriptedsttservice"), nullptr);
  stt.Say("then.", true);

  const otel::SpanData* span = task.Find("stt_scriptedsttservice");
  EXPECT_EQ(Shown(span, "transcript"), "\"Well then.\"");
  EXPECT_EQ(Shown(span, "metrics.ttfb"), "-");
}

TEST_F(ServiceSpans, OfACutAnswerSaySo) {
  llm.hangs = true;
  Answer();
  task.rig->Wait(milliseconds(150));
  task.Push<InterruptionFrame>();
  task.rig->Wait(milliseconds(10));

  EXPECT_EQ(Shown(task.Find("llm_fakellmservice"), "llm.interrupted"), "true");
  EXPECT_EQ(Shown(task.Find("llm_fakellmservice"), "output"), "\"Good day. \"");
  EXPECT_EQ(Shown(task.Find("llm_fakellmservice"), "metrics.ttfb"), "0.1");
}

TEST_F(ServiceSpans, OfSpeechThatIsCutSaySo) {
  Answer();
  task.rig->Wait(milliseconds(300));
  task.output.StartSpeaking();
  task.UserStarts();
  task.Push<InterruptionFrame>();
  task.rig->Wait(milliseconds(10));

  EXPECT_EQ(Shown(task.Find("tts_fakettsservice"), "tts.interrupted"), "true");
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.was_interrupted"), "true");
}

TEST_F(ServiceSpans, AreAllEndedByACancel) {
  llm.hangs = true;
  HearSpeech();
  Answer();
  task.rig->Wait(milliseconds(250));
  task.rig->task().Cancel();
  task.rig->Run();

  EXPECT_EQ(Shown(task.Find("llm_fakellmservice"), "llm.interrupted"), "true");
  EXPECT_THAT(task.Tree(), ElementsAre("stt_whispersttservice < turn-1", "turn-1 < conversation",
                                       "llm_fakellmservice < turn-1", "conversation"));
}

TEST_F(ServiceSpans, OfAFailedRequestTellTheKindOfFailureAndNoTimeToAByteThatNeverCame) {
  llm.fails = true;
  Answer();
  task.rig->Wait(milliseconds(200));

  const otel::SpanData* span = task.Find("llm_fakellmservice");
  ASSERT_NE(span, nullptr);
  EXPECT_EQ(span->status, otel::SpanStatus::kError);
  EXPECT_EQ(Shown(span, "error.type"), "\"rate_limit\"");
  EXPECT_EQ(Shown(span, "metrics.ttfb"), "-");
}

TEST(UntracedServices, WorkTheSame) {
  FakeLLMService llm;
  FakeTTSService tts;
  TracedTask task({}, testing::Rig::DefaultOptions(), false, {&llm, &tts});
  task.rig->Push(Make<LLMContextFrame>(nullptr));
  task.rig->Wait(std::chrono::seconds(1));

  EXPECT_THAT(task.rig->downstream(), ::testing::Not(IsEmpty()));
  EXPECT_THAT(task.spans, IsEmpty());
}

}  // namespace
}  // namespace repartee
