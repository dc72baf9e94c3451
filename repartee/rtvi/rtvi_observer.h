// RTVIObserver: tells the client what happens in the pipeline: who speaks, what was said, what
// the model writes and what of it is heard, calls of functions, measurements.
//
// Of a pair that was sent both ways the one that goes down counts, and every frame counts
// once, when it is first pushed; the bot's words count when they leave the output
// transport. It pushes nothing: the RTVIProcessor does. Thread: the conversation's loop.
#pragma once

#include <map>
#include <string>

#include "repartee/pipeline/observer.h"
#include "repartee/rtvi/bot_output.h"
#include "repartee/rtvi/rtvi_processor.h"

namespace repartee {

// How much a client learns of function calls; each level adds to the one before.
enum class RTVIFunctionCallReportLevel : std::uint8_t {
  kDisabled,
  kNone,  // that there is one
  kName,
  kArguments,
  kFull,  // and the result
};

struct RTVIObserverParams {
  bool bot_output_enabled = true;
  bool bot_llm_enabled = true;
  bool bot_tts_enabled = true;
  bool bot_speaking_enabled = true;
  bool user_llm_enabled = true;
  bool user_speaking_enabled = true;
  bool user_mute_enabled = true;
  bool user_transcription_enabled = true;
  bool user_input_enabled = true;
  bool metrics_enabled = true;
  // Off unless asked for.
  bool vad_user_speaking_enabled = false;
  bool stt_raw_text_enabled = false;
  bool llm_raw_text_enabled = false;
  bool tts_raw_text_enabled = false;
  bool bot_llm_marker_enabled = false;
  // By name of the function; "*" for all others.
  std::map<std::string, RTVIFunctionCallReportLevel> function_call_report_level{
      {"*", RTVIFunctionCallReportLevel::kNone}};
};

class RTVIObserver final : public BaseObserver {
 public:
  // `rtvi` is borrowed and outlives the observer.
  explicit RTVIObserver(RTVIProcessor& rtvi, RTVIObserverParams params = {});

  void OnPushFrame(const FramePushed& event) override;
  void OnPipelineStarted() override { rtvi_.PipelineStarted(); }
  FrameTypeSet wanted_pushes() const override;

 private:
  void OnFirstPush(const Frame& frame);
  bool OnSpeaking(const Frame& frame);
  bool OnBotText(const Frame& frame);
  bool OnUserText(const Frame& frame);
  bool OnFunctionCall(const Frame& frame);
  void OnCustom(const Frame& frame);
  void LeftTransport(const Frame& frame);
  void OnTranscript(const std::string& text, const std::string& user_id, const std::string& timestamp,
                    bool final);
  void OnContext(const Frame& frame);
  void OnLLMText(const std::string& text);
  void OnLLMEnd();
  void Interrupted();
  void Send(const char* type, Json data = nullptr) { rtvi_.SendMessage(type, std::move(data)); }
  RTVIFunctionCallReportLevel LevelOf(const std::string& function) const;
  bool knows_raw_text() const;
  int client_major() const;

  RTVIProcessor& rtvi_;
  const RTVIObserverParams params_;
  BotOutput output_;
  std::string transcript_;  // of the model's answer, up to the last end of a sentence
  bool cut_ = false;        // the answer under way was interrupted
};

}  // namespace repartee
