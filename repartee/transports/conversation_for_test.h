// Conversation: a whole agent in virtual time for tests: microphone sound in, VAD, a
// scripted recognizer, model and voice, a paced output, both aggregators.
//
// The user speaks by SaySound: loud samples are voice. What the recognizer makes of each
// stretch of voice is scripted. Thread: the test's.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "repartee/conversation/context_aggregators.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/services/llm_service.h"
#include "repartee/services/stt_service.h"
#include "repartee/services/tts_service.h"
#include "repartee/transports/paced_output_for_test.h"

namespace repartee::testing {

// Any loud sample makes a window a voice.
class LoudIsVoice final : public VoiceConfidence {
 public:
  float Confidence(std::span<const std::int16_t> window) override { return window[0] > 5000 ? 1.0f : 0.0f; }
  void Reset() override {}
};

// The next text of the script, some time after the voice stops; an empty one is a noise.
class ScriptedStt final : public STTService {
 public:
  explicit ScriptedStt(std::vector<std::string> script)
      : STTService("ScriptedSTTService", Json{{"model", "script"}}, Options()), script_(std::move(script)) {}
  // The text comes as a guess as well, as soon as there is a voice.
  bool guesses = false;
  // How long after the VAD stop the text comes.
  Nanos latency = std::chrono::milliseconds(100);

 protected:
  Status RunStt(const InputAudioRawFrame&) override { return OkStatus(); }
  void OnVadStarted(const VADUserStartedSpeakingFrame&) override {
    if (guesses && next_ < script_.size() && !script_[next_].empty())
      PushInterimTranscription(script_[next_]);
  }
  void OnVadStopped(const VADUserStoppedSpeakingFrame&) override {
    std::string text = next_ < script_.size() ? script_[next_] : "and again";
    ++next_;
    if (!text.empty()) Background(Understand(std::move(text)));
  }

 private:
  static STTOptions Options() {
    STTOptions options;
    options.ttfs_p99_latency = std::chrono::milliseconds(300);
    return options;
  }
  Task<Status> Understand(std::string text) {
    co_await Sleep(loop(), latency);
    PushTranscription(std::move(text), "en", true);
    co_return OkStatus();
  }
  const std::vector<std::string> script_;
  std::size_t next_ = 0;
};

// Two sentences on whatever it is asked, the first word after 300 ms.
class ScriptedLlm final : public LLMService {
 public:
  ScriptedLlm() : LLMService("ScriptedLLMService", Json{{"model", "script"}}) {}

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    RequestStarted(context->messages(), Json::array());
    co_await Sleep(loop(), std::chrono::milliseconds(300));
    FirstChunk();
    const std::string asked = context->messages().back().value("content", "");
    for (const std::string& piece :
         {std::string("You said: "), asked, std::string(". What"), std::string(" else?")}) {
      PushText(piece);
      co_await Sleep(loop(), std::chrono::milliseconds(20));
    }
    co_return OkStatus();
  }
};

// A second of sound for each sentence, after 100 ms.
class ScriptedTts final : public TTSService {
 public:
  ScriptedTts() : TTSService("ScriptedTTSService", Json{{"model", "script"}}, Options()) {}

 private:
  static TTSServiceOptions Options() {
    TTSServiceOptions options;
    options.sample_rate = 16000;
    return options;
  }
  Task<Status> RunTts(std::string text, std::string context_id) override {
    co_await Sleep(loop(), std::chrono::milliseconds(100));
    PushTtsUsage(text);
    AudioBuffer audio = AudioBuffer::Allocate(32000);
    for (auto& sample : audio.writable()) sample = 1000;
    AppendAudio(context_id, std::move(audio));
    co_return OkStatus();
  }
};

class Conversation {
 public:
  explicit Conversation(std::vector<std::string> script, PipelineTaskOptions options = Rig::DefaultOptions())
      : stt(std::move(script)), options_(std::move(options)) {}

  // Before the start: strategies that replace the default ones.
  UserTurnStrategies strategies;

  void Start() {
    LLMUserAggregatorParams params;
    params.user_turn_strategies = std::move(strategies);
    VadParams vad;
    vad.min_volume = 0;
    Result<VadAnalyzer> analyzer = VadAnalyzer::Create(16000, std::make_unique<LoudIsVoice>(), vad);
    params.vad_analyzer = std::make_unique<VadAnalyzer>(*std::move(analyzer));
    aggregators = MakeContextAggregators(context, std::move(params));
    rig = std::make_unique<Rig>(std::vector<FrameProcessor*>{&stt, aggregators.user.get(), &llm, &tts,
                                                             &output, aggregators.assistant.get()},
                                options_);
  }
  // Sound as a microphone gives it, 20 ms after 20 ms.
  void SaySound(int ms, bool voice) {
    for (int at = 0; at < ms; at += 20) {
      AudioBuffer audio = AudioBuffer::Allocate(640);
      for (auto& sample : audio.writable()) sample = voice ? std::int16_t{10000} : std::int16_t{0};
      rig->Push(Make<InputAudioRawFrame>(std::move(audio), 16000, 1));
      rig->Wait(std::chrono::milliseconds(20));
    }
  }
  void Speak(int ms) { SaySound(ms, true); }
  void Listen(int ms) { SaySound(ms, false); }
  void Finish() {
    rig->Push(Make<EndFrame>());
    rig->Run();
  }
  // "role: content" of all messages.
  std::vector<std::string> Messages() const {
    std::vector<std::string> lines;
    for (const Json& message : context->messages()) {
      lines.push_back(message.value("role", "") + ": " + message.value("content", ""));
    }
    return lines;
  }
  // Milliseconds from `since` to the first sound that was written after it; negative if there was none.
  double FirstSoundAfter(Nanos since) const {
    for (const PacedOutput::Write& write : output.writes) {
      if (write.at >= since) return static_cast<double>((write.at - since).count()) / 1e6;
    }
    return -1;
  }

  std::shared_ptr<LLMContext> context = std::make_shared<LLMContext>();
  ScriptedStt stt;
  ScriptedLlm llm;
  ScriptedTts tts;
  PacedOutput output;
  LLMContextAggregatorPair aggregators;
  std::unique_ptr<Rig> rig;

 private:
  PipelineTaskOptions options_;
};

}  // namespace repartee::testing
