#include "repartee/agent/user_turns.h"

#include <algorithm>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/conversation/user_turn/completion_strategies.h"
#include "repartee/conversation/user_turn/turn_analyzer_strategy.h"

namespace repartee {
namespace {

using StartStrategy = std::unique_ptr<BaseUserTurnStartStrategy>;
using StopStrategy = std::unique_ptr<BaseUserTurnStopStrategy>;

StartStrategy MakeStart(const StartSettings& settings, const FrameProcessor& output) {
  struct Maker {
    const FrameProcessor& output;
    StartStrategy operator()(const VadStart&) const { return std::make_unique<VADUserTurnStartStrategy>(); }
    StartStrategy operator()(const ExternalStart&) const {
      return std::make_unique<ExternalUserTurnStartStrategy>();
    }
    StartStrategy operator()(const TranscriptionUserTurnStartOptions& options) const {
      return std::make_unique<TranscriptionUserTurnStartStrategy>(options);
    }
    StartStrategy operator()(const MinWordsUserTurnStartOptions& options) const {
      return std::make_unique<MinWordsUserTurnStartStrategy>(options);
    }
    StartStrategy operator()(const WakePhraseUserTurnStartOptions& options) const {
      return std::make_unique<WakePhraseUserTurnStartStrategy>(options);
    }
    StartStrategy operator()(FalseInterruptionUserTurnStartOptions options) const {
      options.output = &output;
      return std::make_unique<FalseInterruptionUserTurnStartStrategy>(std::move(options));
    }
  };
  return std::visit(Maker{output}, settings);
}

StopStrategy SpeechTimeout(const AgentSettings& settings, const SpeechTimeoutStop& stop) {
  return std::make_unique<SpeechTimeoutUserTurnStopStrategy>(SpeechTimeoutUserTurnStopOptions{
      .user_speech_timeout = stop.user_speech_timeout.value_or(settings.user_speech_timeout),
      .wait_for_transcript = stop.wait_for_transcript});
}

StopStrategy MakeStop(const AgentSettings& settings, const StopSettings& stop,
                      std::unique_ptr<TurnAnalyzer>& analyzer) {
  if (const auto* external = std::get_if<ExternalUserTurnStopOptions>(&stop)) {
    return std::make_unique<ExternalUserTurnStopStrategy>(*external);
  }
  if (const auto* timeout = std::get_if<SpeechTimeoutStop>(&stop)) return SpeechTimeout(settings, *timeout);
  if (!analyzer) {
    LogWarning("there is no Smart Turn model here; a pause ends the user's turn");
    return SpeechTimeout(settings, {});
  }
  const TurnAnalyzerUserTurnStopOptions options{.wait_for_transcript =
                                                    std::get<SmartTurnStop>(stop).wait_for_transcript};
  return std::make_unique<TurnAnalyzerUserTurnStopStrategy>(std::move(analyzer), options);
}

std::vector<StopStrategy> MakeStops(const AgentSettings& settings, std::unique_ptr<TurnAnalyzer> analyzer) {
  const TurnSettings& turns = settings.turns;
  std::vector<StopSettings> wanted = turns.stop;
  if (wanted.empty()) wanted.emplace_back(SpeechTimeoutStop{});
  std::vector<StopStrategy> stops;
  for (const StopSettings& stop : wanted) {
    StopStrategy made = MakeStop(settings, stop, analyzer);
    if (turns.eager) made = std::make_unique<EagerUserTurnStopStrategy>(std::move(made), *turns.eager);
    if (turns.completion) {
      for (StopStrategy& part : FilterIncompleteUserTurns(std::move(made))) stops.push_back(std::move(part));
    } else {
      stops.push_back(std::move(made));
    }
  }
  return stops;
}

std::unique_ptr<BaseUserMuteStrategy> MakeMute(UserMute mute) {
  switch (mute) {
    case UserMute::kAlways: return std::make_unique<AlwaysUserMuteStrategy>();
    case UserMute::kFirstSpeech: return std::make_unique<FirstSpeechUserMuteStrategy>();
    case UserMute::kFunctionCall: return std::make_unique<FunctionCallUserMuteStrategy>();
    case UserMute::kUntilFirstBotComplete: break;
  }
  return std::make_unique<MuteUntilFirstBotCompleteUserMuteStrategy>();
}

}  // namespace

bool TurnSettings::uses_smart_turn() const {
  return std::any_of(stop.begin(), stop.end(),
                     [](const StopSettings& one) { return std::holds_alternative<SmartTurnStop>(one); });
}

LLMUserAggregatorParams MakeUserAggregatorParams(const AgentSettings& settings, const FrameProcessor& output,
                                                 std::unique_ptr<VadAnalyzer> vad,
                                                 std::unique_ptr<TurnAnalyzer> analyzer) {
  LLMUserAggregatorParams params;
  params.vad_analyzer = std::move(vad);
  for (const StartSettings& start : settings.turns.start) {
    params.user_turn_strategies.start.push_back(MakeStart(start, output));
  }
  params.user_turn_strategies.stop = MakeStops(settings, std::move(analyzer));
  for (const UserMute mute : settings.turns.mute) params.user_mute_strategies.push_back(MakeMute(mute));
  params.user_turn_stop_timeout = settings.turns.stop_timeout;
  params.user_idle_timeout = settings.idle.timeout;
  return params;
}

}  // namespace repartee
