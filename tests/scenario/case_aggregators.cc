#include "tests/scenario/case_aggregators.h"

#include "repartee/conversation/llm_assistant_aggregator.h"
#include "repartee/conversation/llm_user_aggregator.h"
#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"

namespace repartee::scenario {
namespace {

void ReadSeconds(ObjectReader& read, std::string_view key, Nanos& value) {
  double seconds = ToSeconds(value);
  read(key, seconds);
  value = FromSeconds(seconds);
}

// One strategy of a list; null if the class is none of these.
std::unique_ptr<BaseUserTurnStartStrategy> MakeStart(const std::string& name, ObjectReader& read) {
  UserTurnStartedParams started;
  read("enable_interruptions", started.enable_interruptions);
  read("enable_user_speaking_frames", started.enable_user_speaking_frames);
  if (name == "VADUserTurnStartStrategy") return std::make_unique<VADUserTurnStartStrategy>(started);
  if (name == "ExternalUserTurnStartStrategy")
    return std::make_unique<ExternalUserTurnStartStrategy>(started);
  if (name == "TranscriptionUserTurnStartStrategy") {
    TranscriptionUserTurnStartOptions options{.started = started};
    read("use_interim", options.use_interim);
    return std::make_unique<TranscriptionUserTurnStartStrategy>(options);
  }
  if (name == "MinWordsUserTurnStartStrategy") {
    MinWordsUserTurnStartOptions options{.started = started};
    read("min_words", options.min_words);
    read("use_interim", options.use_interim);
    return std::make_unique<MinWordsUserTurnStartStrategy>(options);
  }
  return nullptr;
}

std::unique_ptr<BaseUserTurnStopStrategy> MakeStop(const std::string& name, ObjectReader& read) {
  if (name == "SpeechTimeoutUserTurnStopStrategy") {
    SpeechTimeoutUserTurnStopOptions options;
    ReadSeconds(read, "user_speech_timeout", options.user_speech_timeout);
    read("wait_for_transcript", options.wait_for_transcript);
    return std::make_unique<SpeechTimeoutUserTurnStopStrategy>(options);
  }
  if (name == "ExternalUserTurnStopStrategy") {
    ExternalUserTurnStopOptions options;
    read("wait_for_transcript", options.wait_for_transcript);
    return std::make_unique<ExternalUserTurnStopStrategy>(options);
  }
  return nullptr;
}

std::unique_ptr<BaseUserMuteStrategy> MakeMute(const std::string& name, ObjectReader&) {
  if (name == "AlwaysUserMuteStrategy") return std::make_unique<AlwaysUserMuteStrategy>();
  if (name == "FirstSpeechUserMuteStrategy") return std::make_unique<FirstSpeechUserMuteStrategy>();
  if (name == "MuteUntilFirstBotCompleteUserMuteStrategy") {
    return std::make_unique<MuteUntilFirstBotCompleteUserMuteStrategy>();
  }
  if (name == "FunctionCallUserMuteStrategy") return std::make_unique<FunctionCallUserMuteStrategy>();
  return nullptr;
}

template <class Strategy>
void ReadStrategies(ObjectReader& from, std::string_view key,
                    std::unique_ptr<Strategy> (*make)(const std::string&, ObjectReader&),
                    std::vector<std::unique_ptr<Strategy>>& strategies) {
  std::vector<Json> entries;
  from(key, entries);
  for (const Json& entry : entries) {
    std::string name;
    ObjectReader read(entry, "strategy");
    read.Required("class", name);
    auto strategy = make(name, read);
    from.Note(key, strategy ? read.Finish() : Status::InvalidArgument("unknown strategy \"{}\"", name));
    strategies.push_back(std::move(strategy));
  }
}

Result<LLMUserAggregatorParams> ReadUserParams(const Json& given) {
  LLMUserAggregatorParams params;
  Json turns = Json::object();
  ObjectReader read(given, "params");
  read("user_turn_strategies", turns);
  ReadStrategies(read, "user_mute_strategies", &MakeMute, params.user_mute_strategies);
  ReadSeconds(read, "user_turn_stop_timeout", params.user_turn_stop_timeout);
  ReadSeconds(read, "user_idle_timeout", params.user_idle_timeout);
  ReadSeconds(read, "audio_idle_timeout", params.audio_idle_timeout);
  read("add_tool_change_messages", params.add_tool_change_messages);
  ObjectReader strategies(turns, "user_turn_strategies");
  ReadStrategies(strategies, "start", &MakeStart, params.user_turn_strategies.start);
  ReadStrategies(strategies, "stop", &MakeStop, params.user_turn_strategies.stop);
  read.Note("user_turn_strategies", strategies.Finish());
  if (Status status = read.Finish(); !status.ok()) return status;
  return params;
}

void NoteUserEvent(LLMUserAggregator& user, const std::string& name, CaseLog& log, ObjectReader& read) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  if (name == "on_user_turn_started") {
    user.on_user_turn_started.Connect(
        [&log, name](const std::string& strategy) { log.NoteEvent(name, {{"strategy", strategy}}); });
  } else if (name == "on_user_turn_stopped") {
    user.on_user_turn_stopped.Connect(
        [&log, name, or_null](const std::string& strategy, const std::string& content, const std::string&) {
          log.NoteEvent(name, {{"strategy", or_null(strategy)}, {"content", content}});
        });
  } else if (name == "on_user_turn_message_added") {
    user.on_user_turn_message_added.Connect([&log, name](const std::string& content, const std::string&) {
      log.NoteEvent(name, {{"content", content}});
    });
  } else if (name == "on_user_turn_stop_timeout") {
    user.on_user_turn_stop_timeout.Connect([&log, name] { log.NoteEvent(name); });
  } else if (name == "on_user_turn_idle") {
    user.on_user_turn_idle.Connect([&log, name] { log.NoteEvent(name); });
  } else {
    read.Note("events", Status::InvalidArgument("unknown event \"{}\"", name));
  }
}

void NoteAssistantEvent(LLMAssistantAggregator& assistant, const std::string& name, CaseLog& log,
                        ObjectReader& read) {
  if (name == "on_assistant_turn_started") {
    assistant.on_assistant_turn_started.Connect([&log, name] { log.NoteEvent(name); });
  } else if (name == "on_assistant_turn_stopped") {
    assistant.on_assistant_turn_stopped.Connect(
        [&log, name](const std::string& content, bool interrupted, const std::string&) {
          log.NoteEvent(name, {{"content", content}, {"interrupted", interrupted}});
        });
  } else {
    read.Note("events", Status::InvalidArgument("unknown event \"{}\"", name));
  }
}

Status CheckContext(ObjectReader& read, const std::shared_ptr<LLMContext>& context) {
  std::string which;
  read.Required("context", which);
  if (which != "shared")
    return Status::InvalidArgument("context: only \"shared\" is known, not \"{}\"", which);
  return context ? OkStatus() : Status::InvalidArgument("context: the setup has none to share");
}

}  // namespace

Result<ProcessorPtr> MakeUserAggregator(ObjectReader& read, std::shared_ptr<LLMContext> context,
                                        CaseLog& log) {
  if (Status status = CheckContext(read, context); !status.ok()) return status;
  Json given = Json::object();
  std::vector<std::string> events;
  read("params", given);
  read("events", events);
  Result<LLMUserAggregatorParams> params = ReadUserParams(given);
  if (!params.ok()) return std::move(params).status();
  auto user = std::make_unique<LLMUserAggregator>(std::move(context), *std::move(params));
  for (const std::string& name : events) NoteUserEvent(*user, name, log, read);
  return ProcessorPtr(std::move(user));
}

Result<ProcessorPtr> MakeAssistantAggregator(ObjectReader& read, std::shared_ptr<LLMContext> context,
                                             CaseLog& log) {
  if (Status status = CheckContext(read, context); !status.ok()) return status;
  Json given = Json::object();
  std::vector<std::string> events;
  read("params", given);
  read("events", events);
  ObjectReader params(given, "params");
  if (Status status = params.Finish(); !status.ok()) return status;
  auto assistant = std::make_unique<LLMAssistantAggregator>(std::move(context));
  for (const std::string& name : events) NoteAssistantEvent(*assistant, name, log, read);
  return ProcessorPtr(std::move(assistant));
}

}  // namespace repartee::scenario
