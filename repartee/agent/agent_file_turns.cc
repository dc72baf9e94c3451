#include "repartee/agent/agent_file_parts.h"

namespace repartee::agent_file {
namespace {

constexpr double kLongest = 60;  // s, of most waits

// Reads a map into `options`, which is then an entry of `list`.
template <class Options, class List>
yaml::Reader Entry(
    List& list, const char* what,
    std::function<yaml::Readers(Options& options)> readers = [](Options&) { return yaml::Readers(); }) {
  return [&list, what, readers = std::move(readers)](const YAML::Node& node) {
    Options options;
    yaml::ReadMap(node, what, readers(options));
    list.emplace_back(std::move(options));
  };
}

void ReadStart(const YAML::Node& node, std::vector<StartSettings>& start) {
  using MinWords = MinWordsUserTurnStartOptions;
  using WakePhrase = WakePhraseUserTurnStartOptions;
  using FalseInterruption = FalseInterruptionUserTurnStartOptions;
  using Transcription = TranscriptionUserTurnStartOptions;
  yaml::ReadChoice(
      node, "start",
      {{"vad", Entry<VadStart>(start, "vad")},
       {"external", Entry<ExternalStart>(start, "external")},
       {"transcription", Entry<Transcription>(start, "transcription",
                                              [](Transcription& options) {
                                                return yaml::Readers{
                                                    {"use_interim", yaml::Flag(options.use_interim)}};
                                              })},
       {"min_words", Entry<MinWords>(start, "min_words",
                                     [](MinWords& options) {
                                       return yaml::Readers{
                                           {"min_words", yaml::Whole(options.min_words, 1, 100)},
                                           {"use_interim", yaml::Flag(options.use_interim)}};
                                     })},
       {"wake_phrase", Entry<WakePhrase>(start, "wake_phrase",
                                         [](WakePhrase& options) {
                                           return yaml::Readers{
                                               {"phrases", yaml::Texts(options.phrases)},
                                               {"timeout", yaml::Seconds(options.timeout, 3600)},
                                               {"single_activation", yaml::Flag(options.single_activation)}};
                                         })},
       {"false_interruption",
        Entry<FalseInterruption>(start, "false_interruption", [](FalseInterruption& options) {
          return yaml::Readers{{"resume_after", yaml::Seconds(options.resume_after, kLongest)},
                               {"backchannels", yaml::Texts(options.backchannels)}};
        })}});
  const auto* const wake = std::get_if<WakePhrase>(&start.back());
  if (wake && wake->phrases.empty()) yaml::Refuse(node, "wake_phrase needs phrases");
}

yaml::Readers SmartTurnReaders(SmartTurnStop& options) {
  return {{"stop_secs", yaml::Number(options.analyzer.stop_secs, 0.1, kLongest)},
          {"pre_speech_ms", yaml::Number(options.analyzer.pre_speech_ms, 0.0, 8000.0)},
          {"max_duration_secs", yaml::Number(options.analyzer.max_duration_secs, 1.0, 8.0)},
          {"threshold", yaml::Number(options.analyzer.threshold, 0.0, 1.0)},
          {"wait_for_transcript", yaml::Flag(options.wait_for_transcript)}};
}

void ReadStop(const YAML::Node& node, std::vector<StopSettings>& stop) {
  using External = ExternalUserTurnStopOptions;
  yaml::ReadChoice(
      node, "stop",
      {{"speech_timeout", Entry<SpeechTimeoutStop>(
                              stop, "speech_timeout",
                              [](SpeechTimeoutStop& options) {
                                options.user_speech_timeout.reset();
                                return yaml::Readers{
                                    {"user_speech_timeout",
                                     [&options](const YAML::Node& given) {
                                       yaml::Seconds(options.user_speech_timeout.emplace(), kLongest)(given);
                                     }},
                                    {"wait_for_transcript", yaml::Flag(options.wait_for_transcript)}};
                              })},
       {"smart_turn", Entry<SmartTurnStop>(stop, "smart_turn", SmartTurnReaders)},
       {"external", Entry<External>(stop, "external", [](External& options) {
          return yaml::Readers{{"settle", yaml::Seconds(options.settle, kLongest)},
                               {"wait_for_transcript", yaml::Flag(options.wait_for_transcript)}};
        })}});
}

void ReadMute(const YAML::Node& node, std::vector<UserMute>& mute) {
  static const std::map<std::string, UserMute> kNames{
      {"always", UserMute::kAlways},
      {"first_speech", UserMute::kFirstSpeech},
      {"until_first_bot_complete", UserMute::kUntilFirstBotComplete},
      {"function_call", UserMute::kFunctionCall}};
  std::string name;
  yaml::OneOf(name, {"always", "first_speech", "function_call", "until_first_bot_complete"})(node);
  mute.push_back(kNames.at(name));
}

// `eager: true`, or its options.
void ReadEager(const YAML::Node& node, TurnSettings& turns) {
  bool wanted = true;
  EagerUserTurnStopOptions options;
  if (node.IsScalar()) {
    yaml::Flag(wanted)(node);
  } else {
    yaml::ReadMap(node, "eager",
                  {{"limit", yaml::Seconds(options.limit, kLongest)},
                   {"on_transcripts", yaml::Flag(options.eager_on_transcripts)}});
  }
  if (wanted) turns.eager = options;
}

void ReadCompletion(const YAML::Node& node, TurnSettings& turns) {
  bool wanted = true;
  UserTurnCompletionConfig config;
  if (node.IsScalar()) {
    yaml::Flag(wanted)(node);
  } else {
    yaml::ReadMap(node, "filter_incomplete",
                  {{"instructions", yaml::Text(config.instructions)},
                   {"incomplete_short_timeout", yaml::Seconds(config.incomplete_short_timeout, kLongest)},
                   {"incomplete_long_timeout", yaml::Seconds(config.incomplete_long_timeout, kLongest)},
                   {"incomplete_short_prompt", yaml::Text(config.incomplete_short_prompt)},
                   {"incomplete_long_prompt", yaml::Text(config.incomplete_long_prompt)}});
  }
  if (wanted) turns.completion = config;
}

void ReadVad(const YAML::Node& node, VadParams& vad) {
  yaml::ReadMap(node, "vad",
                {{"confidence", yaml::Number(vad.confidence, 0.0F, 1.0F)},
                 {"start_secs", yaml::Number(vad.start_secs, 0.0, kLongest)},
                 {"stop_secs", yaml::Number(vad.stop_secs, 0.0, kLongest)},
                 {"min_volume", yaml::Number(vad.min_volume, 0.0F, 1.0F)}});
  yaml::Check(node, vad.Validate());
}

}  // namespace

void ReadTurns(const YAML::Node& node, AgentSettings& settings) {
  TurnSettings& turns = settings.turns;
  const auto each = [](auto read, auto& list) {
    return [read, &list](const YAML::Node& entries) {
      yaml::ForEach(entries, [read, &list](const YAML::Node& entry) { read(entry, list); });
    };
  };
  yaml::ReadMap(node, "turns",
                {{"user_speech_timeout", yaml::Seconds(settings.user_speech_timeout, kLongest)},
                 {"start", each(ReadStart, turns.start)},
                 {"stop", each(ReadStop, turns.stop)},
                 {"mute", each(ReadMute, turns.mute)},
                 {"eager", [&turns](const YAML::Node& given) { ReadEager(given, turns); }},
                 {"filter_incomplete", [&turns](const YAML::Node& given) { ReadCompletion(given, turns); }},
                 {"vad", [&turns](const YAML::Node& given) { ReadVad(given, turns.vad); }},
                 {"interruptions", yaml::Flag(turns.interruptions)},
                 {"stop_timeout", yaml::Seconds(turns.stop_timeout, 3600)}});
  // The one holds the answer back until the turn is over, the other the turn until the answer has begun.
  if (turns.eager && turns.completion) {
    yaml::Refuse(node, "turns cannot have both eager and filter_incomplete: leave one out");
  }
}

void ReadIdle(const YAML::Node& node, AgentSettings& settings) {
  UserIdleSettings& idle = settings.idle;
  yaml::ReadMap(node, "user_idle",
                {{"timeout", yaml::Seconds(idle.timeout, 3600)},
                 {"say", yaml::Texts(idle.say)},
                 {"end", yaml::Flag(idle.end)}});
  if (idle.timeout == Nanos(0)) yaml::Refuse(node, "user_idle needs a timeout");
}

}  // namespace repartee::agent_file
