// UserTurn: the fixture of the turn strategies' tests. Thread: the test's.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"
#include "repartee/conversation/user_turn/user_turn_controller.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

// A controller in virtual time whose delegate notes what it is told: "what(strategy)@ms".
class UserTurn : public ::testing::Test, private UserTurnDelegate {
 protected:
  ~UserTurn() override {
    if (controller_) controller_->Stop();
  }

  void Use(UserTurnStrategies strategies, Nanos stop_timeout = std::chrono::seconds(5)) {
    controller_ = std::make_unique<UserTurnController>(static_cast<UserTurnDelegate&>(*this),
                                                       std::move(strategies), stop_timeout);
    controller_->Start(loop_);
    begin_ = loop_.now();
  }
  // Default start strategies, and a speech timeout of 300 ms.
  void UseSpeechTimeout(Nanos stop_timeout = std::chrono::seconds(5)) {
    SpeechTimeoutUserTurnStopOptions options;
    options.user_speech_timeout = std::chrono::milliseconds(300);
    UserTurnStrategies strategies;
    strategies.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>(options));
    Use(std::move(strategies), stop_timeout);
  }

  void See(FramePtr frame) { controller_->Process(*frame); }
  void VoiceStarts() { See(Make<VADUserStartedSpeakingFrame>(0.2, 0.0)); }
  void VoiceStops() { See(Make<VADUserStoppedSpeakingFrame>(0.2, 0.0)); }
  void Hear(const char* text) { See(Make<TranscriptionFrame>(text, "u", "")); }
  void HearFinal(const char* text) {
    auto frame = Make<TranscriptionFrame>(text, "u", "");
    frame->finalized = true;
    See(std::move(frame));
  }
  void Guess(const char* text) { See(Make<InterimTranscriptionFrame>(text, "u", "")); }
  void BotStarts() { See(Make<BotStartedSpeakingFrame>()); }
  void BotStops() { See(Make<BotStoppedSpeakingFrame>()); }
  void Wait(int ms) { loop_.RunFor(std::chrono::milliseconds(ms)); }

  EventLoop loop_{EventLoop::Time::kVirtual};
  std::unique_ptr<UserTurnController> controller_;
  std::vector<std::string> log_;

 private:
  void Note(const char* what, const char* strategy) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - begin_).count();
    log_.push_back(std::string(what) + "(" + strategy + ")@" + std::to_string(ms));
  }
  void OnUserTurnStarted(const char* strategy, const UserTurnStartedParams& params) override {
    Note(params.enable_user_speaking_frames ? "start" : "start unannounced", strategy);
  }
  void OnUserTurnInferenceTriggered(const char*) override { Note("inference", ""); }
  void OnUserTurnStopped(const char*, const UserTurnStoppedParams& params) override {
    if (params.confirms_speculation) Note("eager confirmed", "");
    Note(params.enable_user_speaking_frames ? "stop" : "stop unannounced", "");
  }
  void OnUserTurnStopTimeout() override { Note("timeout", ""); }
  void OnResetAggregation() override { Note("reset", ""); }
  void OnPauseBot(const FrameProcessor&, bool pause) override {
    Note(pause ? "pause bot" : "resume bot", "");
  }
  void OnUserBackchannel(const TranscriptionFrame& frame) override {
    Note("backchannel", frame.text.c_str());
  }
  void OnEagerInference(const char*, const std::string& text) override { Note("eager", text.c_str()); }
  void OnEagerInferenceCancelled() override { Note("eager cancelled", ""); }
  void OnEagerInferenceConfirmed() override { Note("eager confirmed", ""); }
  void OnTurnMetrics(const MetricsData&) override { Note("metrics", ""); }

  Nanos begin_{0};
};

}  // namespace repartee
