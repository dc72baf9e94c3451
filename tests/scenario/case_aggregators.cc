#include "tests/scenario/case_aggregators.h"

#include "repartee/conversation/llm_assistant_aggregator.h"
#include "repartee/conversation/llm_user_aggregator.h"
#include "repartee/conversation/user_turn/completion_strategies.h"
#include "repartee/conversation/user_turn/eager_stop_strategy.h"
#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"
#include "repartee/conversation/user_turn/wake_phrase_strategy.h"

namespace repartee::scenario {
namespace {

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
  if (name == "WakePhraseUserTurnStartStrategy") {
    WakePhraseUserTurnStartOptions options;
    options.started = started;
    read.Required("phrases", options.phrases);
    read.Seconds("timeout", options.timeout);
    read("single_activation", options.single_activation);
    return std::make_unique<WakePhraseUserTurnStartStrategy>(std::move(options));
  }
  return nullptr;
}

std::unique_ptr<BaseUserTurnStopStrategy> MakeStop(const std::string& name, ObjectReader& read);

// The reference's eager strategy is an external one; ours holds any other.
std::unique_ptr<BaseUserTurnStopStrategy> MakeEager(ObjectReader& read) {
  EagerUserTurnStopOptions options;
  read.Seconds("speculation_timeout", options.limit);
  return std::make_unique<EagerUserTurnStopStrategy>(MakeStop("ExternalUserTurnStopStrategy", read), options);
}

std::unique_ptr<BaseUserTurnStopStrategy> MakeDeferred(ObjectReader& read) {
  Json given;
  std::string name;
  read.Required("inner", given);
  ObjectReader inner(given, "inner");
  inner.Required("class", name);
  auto made = MakeStop(name, inner);
  read.Note("inner", made ? inner.Finish() : Status::InvalidArgument("unknown strategy \"{}\"", name));
  return made ? std::make_unique<DeferredUserTurnStopStrategy>(std::move(made)) : nullptr;
}

std::unique_ptr<BaseUserTurnStopStrategy> MakeStop(const std::string& name, ObjectReader& read) {
  if (name == "DeferredUserTurnStopStrategy") return MakeDeferred(read);
  if (name == "EagerUserTurnStopStrategy") return MakeEager(read);
  if (name == "ExternalUserTurnCompletionStopStrategy")
    return std::make_unique<ExternalUserTurnCompletionStopStrategy>();
  UserTurnStoppedParams stopped;
  read("enable_user_speaking_frames", stopped.enable_user_speaking_frames);
  if (name == "SpeechTimeoutUserTurnStopStrategy") {
    SpeechTimeoutUserTurnStopOptions options;
    options.stopped = stopped;
    read.Seconds("user_speech_timeout", options.user_speech_timeout);
    read("wait_for_transcript", options.wait_for_transcript);
    return std::make_unique<SpeechTimeoutUserTurnStopStrategy>(options);
  }
  if (name == "ExternalUserTurnStopStrategy") {
    ExternalUserTurnStopOptions options;
    options.stopped = stopped;
    read.Seconds("timeout", options.settle);
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

// Null is none.
void ReadPrompt(ObjectReader& read, std::string_view key, std::string& prompt) {
  std::optional<std::string> given = prompt;
  read(key, given);
  prompt = given.value_or("");
}

void ReadEmptyUserTurn(ObjectReader& read, EmptyUserTurnConfig& config) {
  Json given = Json::object();
  read("empty_user_turn", given);
  if (given.is_null()) {
    config.interrupted_prompt.clear();
    return;
  }
  ObjectReader from(given, "empty_user_turn");
  ReadPrompt(from, "interrupted_prompt", config.interrupted_prompt);
  ReadPrompt(from, "idle_prompt", config.idle_prompt);
  from("max_consecutive_recoveries", config.max_consecutive_recoveries);
  read.Note("empty_user_turn", from.Finish());
}

Result<LLMUserAggregatorParams> ReadUserParams(const Json& given) {
  LLMUserAggregatorParams params;
  Json turns = Json::object();
  ObjectReader read(given, "params");
  read("user_turn_strategies", turns);
  ReadStrategies(read, "user_mute_strategies", &MakeMute, params.user_mute_strategies);
  read.Seconds("user_turn_stop_timeout", params.user_turn_stop_timeout);
  read.Seconds("user_idle_timeout", params.user_idle_timeout);
  read.Seconds("audio_idle_timeout", params.audio_idle_timeout);
  read("add_tool_change_messages", params.add_tool_change_messages);
  ReadEmptyUserTurn(read, params.empty_user_turn);
  ObjectReader strategies(turns, "user_turn_strategies");
  ReadStrategies(strategies, "start", &MakeStart, params.user_turn_strategies.start);
  ReadStrategies(strategies, "stop", &MakeStop, params.user_turn_strategies.stop);
  read.Note("user_turn_strategies", strategies.Finish());
  if (Status status = read.Finish(); !status.ok()) return status;
  return params;
}

// An event that tells nothing but that it happened; null if there is none of that name.
Event<>* PlainEvent(LLMUserAggregator& user, std::string_view name) {
  if (name == "on_user_turn_stop_timeout") return &user.on_user_turn_stop_timeout;
  if (name == "on_user_turn_idle") return &user.on_user_turn_idle;
  if (name == "on_user_mute_started") return &user.on_user_mute_started;
  if (name == "on_user_mute_stopped") return &user.on_user_mute_stopped;
  return nullptr;
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
  } else if (name == "on_user_turn_inference_triggered") {
    user.on_user_turn_inference_triggered.Connect(
        [&log, name](const std::string& strategy) { log.NoteEvent(name, {{"strategy", strategy}}); });
  } else if (name == "on_user_backchannel") {
    user.on_user_backchannel.Connect([&log, name](const std::string& content, const std::string&) {
      log.NoteEvent(name, {{"content", content}});
    });
  } else if (Event<>* const plain = PlainEvent(user, name)) {
    plain->Connect([&log, name] { log.NoteEvent(name); });
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
  } else if (name == "on_assistant_thought" || name == "on_assistant_backchannel") {
    auto& event =
        name == "on_assistant_thought" ? assistant.on_assistant_thought : assistant.on_assistant_backchannel;
    event.Connect([&log, name](const std::string& content, const std::string&) {
      log.NoteEvent(name, {{"content", content}});
    });
  } else if (name == "on_summary_applied") {
    assistant.on_summary_applied.Connect([&log, name](std::size_t before, std::size_t after) {
      log.NoteEvent(name, {{"original_message_count", before}, {"new_message_count", after}});
    });
  } else {
    read.Note("events", Status::InvalidArgument("unknown event \"{}\"", name));
  }
}

LLMContextSummaryConfig ReadSummaryConfig(ObjectReader& read) {
  LLMContextSummaryConfig config;
  Json given = Json::object();
  read("summary_config", given);
  ObjectReader from(given, "summary_config");
  from("target_context_tokens", config.target_context_tokens);
  from("min_messages_after_summary", config.min_messages_after_summary);
  from.Name("summarization_prompt", config.summarization_prompt);
  from("summary_message_template", config.summary_message_template);
  from("summarization_timeout", config.summarization_timeout);
  read.Note("summary_config", from.Finish());
  return config;
}

Result<LLMAssistantAggregatorParams> ReadAssistantParams(const Json& given) {
  LLMAssistantAggregatorParams params;
  Json limits = Json::object();
  ObjectReader read(given, "params");
  read("enable_auto_context_summarization", params.enable_auto_context_summarization);
  read("auto_context_summarization_config", limits);
  LLMAutoContextSummarizationConfig& config = params.auto_context_summarization_config;
  ObjectReader from(limits, "auto_context_summarization_config");
  from("max_context_tokens", config.max_context_tokens);
  from("max_unsummarized_messages", config.max_unsummarized_messages);
  config.summary_config = ReadSummaryConfig(from);
  read.Note("auto_context_summarization_config", from.Finish());
  if (Status status = read.Finish(); !status.ok()) return status;
  return params;
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
  Result<LLMAssistantAggregatorParams> params = ReadAssistantParams(given);
  if (!params.ok()) return std::move(params).status();
  auto assistant = std::make_unique<LLMAssistantAggregator>(std::move(context), *std::move(params));
  for (const std::string& name : events) NoteAssistantEvent(*assistant, name, log, read);
  return ProcessorPtr(std::move(assistant));
}

}  // namespace repartee::scenario
