// Two voices for the tests of the TTS base: one that gives its sound in the call, one that
// is answered later as a websocket client is. Thread: the test's.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "repartee/frames/llm_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/services/tts_service.h"

namespace repartee::testing {

inline constexpr int kRate = 16000;

inline AudioBuffer Sound(int ms) {
  AudioBuffer audio = AudioBuffer::Allocate(static_cast<std::size_t>(kRate / 1000 * ms) * 2);
  for (auto& sample : audio.writable()) sample = 10000;
  return audio;
}

inline TTSServiceOptions Options() {
  TTSServiceOptions options;
  options.sample_rate = kRate;
  return options;
}

// Gives 200 ms of sound for each text, after a wait if it is told to.
class SyncTts final : public TTSService {
 public:
  explicit SyncTts(TTSServiceOptions options = Options(), Nanos delay = Nanos(0))
      : TTSService("SyncTTS", Json::object(), std::move(options)), delay_(delay) {}

  std::vector<std::string> spoken;
  std::string fail_on;
  bool silent = false;

 protected:
  Task<Status> RunTts(std::string text, std::string context_id) override {
    spoken.push_back(text);
    PushTtsUsage(text);
    if (text == fail_on) co_return Status::Unavailable("the voice broke");
    if (delay_ > Nanos(0)) co_await Sleep(loop(), delay_);
    if (!silent) AppendAudio(context_id, Sound(200));
    co_return OkStatus();
  }

 private:
  const Nanos delay_;
};

// Sends texts and is answered later, as a websocket client is.
class RemoteTts final : public TTSService {
 public:
  explicit RemoteTts(TTSServiceOptions options = WordTimes())
      : TTSService("RemoteTTS", Json::object(), std::move(options)) {}

  static TTSServiceOptions WordTimes() {
    TTSServiceOptions options = Options();
    options.push_text_frames = false;
    options.measure_processing = false;
    return options;
  }

  using TTSService::AppendAudio;
  using TTSService::AppendWords;
  using TTSService::EndContext;
  using TTSService::EndTurnContext;
  using TTSService::FailContext;
  using TTSService::IsContextOpen;

  std::vector<std::string> contexts;  // of each request
  std::vector<std::string> flushed;
  std::vector<std::string> interrupted;
  bool drips = false;  // a message of the vendor's has come in part

 protected:
  bool SoundUnderWay() const override { return drips; }
  Task<Status> RunTts(std::string /*text*/, std::string context_id) override {
    contexts.push_back(context_id);
    co_return OkStatus();
  }
  void FlushAudio(const std::string& id) override { flushed.push_back(id); }
  void OnContextInterrupted(const std::string& id) override { interrupted.push_back(id); }
};

inline void Answer(Rig& rig, std::initializer_list<const char*> tokens) {
  rig.Push(Make<LLMFullResponseStartFrame>());
  for (const char* token : tokens) rig.Push(Make<LLMTextFrame>(token));
  rig.Push(Make<LLMFullResponseEndFrame>());
}

// Types with text, without times; metrics left out.
inline std::vector<std::string> Kinds(const std::vector<Observed>& observed) {
  std::vector<std::string> kinds;
  for (const auto& one : observed) {
    std::string kind(one.frame->type_name());
    if (kind == "MetricsFrame" || kind == "AggregatedTextProgressFrame") continue;
    if (const auto* text = one.frame->As<TextFrame>()) kind += "(" + text->text + ")";
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

template <class F>
std::vector<const F*> FramesOf(const std::vector<Observed>& observed) {
  std::vector<const F*> frames;
  for (const auto& one : observed) {
    if (const auto* frame = one.frame->As<F>()) frames.push_back(frame);
  }
  return frames;
}

}  // namespace repartee::testing
