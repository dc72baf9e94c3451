// RTVIObserver: tells the client what happens in the pipeline: who speaks, what was said, what
// the model writes and what of it is heard, calls of functions, measurements.
//
// Of a pair that was sent both ways the one that goes down counts, and every frame counts
// once, when it is first pushed; the bot's words count when they leave the output
// transport. It pushes nothing: the RTVIProcessor does. Thread: the conversation's loop.
#pragma once

#include <string>

#include "repartee/pipeline/observer.h"
#include "repartee/rtvi/audio_level.h"
#include "repartee/rtvi/bot_output.h"
#include "repartee/rtvi/observer_params.h"
#include "repartee/rtvi/rtvi_processor.h"

namespace repartee {

class RTVIObserver final : public BaseObserver {
 public:
  // `rtvi` is borrowed and outlives the observer.
  explicit RTVIObserver(RTVIProcessor& rtvi, RTVIObserverParams params = {});

  void OnPushFrame(const FramePushed& event) override;
  void OnPipelineStarted() override;
  FrameTypeSet wanted_pushes() const override;

 private:
  void OnFirstPush(const Frame& frame);
  bool OnSpeaking(const Frame& frame);
  bool OnBotText(const Frame& frame);
  bool OnUserText(const Frame& frame);
  void OnSound(const FramePushed& event);
  bool OnFunctionCall(const Frame& frame);
  bool OnExternalFunctionCall(const Frame& frame);
  void TellFunctionCall(const char* type, const std::string& function, Json data, const Json* arguments,
                        const Json* result);
  void Configure(RTVIObserverParams params);
  void OnCustom(const Frame& frame);
  void LeftTransport(const Frame& frame);
  void OnTranscript(const std::string& text, const std::string& user_id, const std::string& timestamp,
                    bool final);
  void OnContext(const Frame& frame);
  void OnLLMText(const std::string& text);
  void OnLLMEnd();
  void Interrupted();
  void Send(const char* type, const JsonText& data = {}) { rtvi_.SendMessage(type, data); }
  void Send(const char* type, const Json& data) { rtvi_.SendMessage(type, data); }
  RTVIFunctionCallReportLevel LevelOf(const std::string& function) const;
  bool knows_raw_text() const;
  int client_major() const;

  RTVIProcessor& rtvi_;
  RTVIObserverParams params_;
  BotOutput output_;
  AudioLevel user_level_;
  AudioLevel bot_level_;
  std::string transcript_;  // of the model's answer, up to the last end of a sentence
  bool cut_ = false;        // the answer under way was interrupted
};

}  // namespace repartee
