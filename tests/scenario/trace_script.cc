#include "tests/scenario/trace_script.h"

#include "tests/scenario/object_reader.h"

namespace repartee::scenario {
namespace {

void ReadMs(ObjectReader& read, std::string_view key, Nanos& value) {
  std::int64_t ms = value / std::chrono::milliseconds(1);
  read(key, ms);
  if (ms < 0 || ms > 86'400'000) read.Note(key, Status::InvalidArgument("from 0 to a day is needed"));
  value = std::chrono::milliseconds(ms);
}

// Each item of a list by its own reader.
template <class T>
void ReadList(ObjectReader& from, std::string_view key, Status (*one)(const Json&, T&),
              std::vector<T>& values) {
  std::vector<Json> given;
  from(key, given);
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (Status status = one(given[i], values.emplace_back()); !status.ok())
      return from.Note(key, std::move(status).Annotate("item {}", i));
  }
}

void ReadPairs(ObjectReader& from, std::string_view key,
               std::vector<std::pair<std::string, std::string>>& pairs) {
  Json given = Json::object();
  from(key, given);
  if (!given.is_object()) return from.Note(key, Status::InvalidArgument("an object is needed"));
  for (const auto& [name, value] : given.items()) {
    std::string text;
    from.Note(key, FromJson(value, text));
    pairs.emplace_back(name, std::move(text));
  }
}

void ReadTranscript(ObjectReader& read, ScriptedTranscript& transcript) {
  read.Required("text", transcript.text);
  read("is_final", transcript.is_final);
  read("speech_final", transcript.speech_final);
  read("from_finalize", transcript.from_finalize);
  read("language", transcript.language);
}

Status ReadQueuedTranscript(const Json& given, std::optional<ScriptedTranscript>& transcript) {
  ObjectReader read(given, "transcript");
  ReadTranscript(read, transcript.emplace());
  ReadMs(read, "delay_ms", transcript->delay);
  return read.Finish();
}

Status ReadStep(const Json& given, TraceStep& step) {
  ObjectReader read(given, "step");
  read.Required("do", step.what);
  const std::string& what = step.what;
  if (what == "speak" || what == "wait") {
    if (!given.contains("ms")) read.Note("ms", Status::InvalidArgument("missing"));
    ReadMs(read, "ms", step.length);
  }
  if (what == "speak" || what == "answer_finalize") {
    if (const Json* transcript = read.Take("transcript")) {
      read.Note("transcript", ReadQueuedTranscript(*transcript, step.transcript));
    } else if (what == "answer_finalize") {
      read.Note("transcript", Status::InvalidArgument("missing"));
    }
  } else if (what == "wait_for") {
    read.Required("frame", step.frame);
    read("count", step.count);
    ReadMs(read, "timeout_ms", step.timeout);
  } else if (what == "stt_result") {
    step.transcript.emplace().from_finalize = false;
    ReadTranscript(read, *step.transcript);
  } else if (what == "push") {
    read.Required("frame", step.frame);
    read("fields", step.fields);
  } else if (what != "start_speaking" && what != "stop_speaking" && what != "wait" && what != "end" &&
             what != "cancel") {
    read.Note("do", Status::InvalidArgument("unknown step \"{}\"", what));
  }
  if (!step.frame.empty() && !IsFrameType(step.frame))
    read.Note("frame", Status::InvalidArgument("unknown frame type \"{}\"", step.frame));
  return read.Finish();
}

Status ReadCall(const Json& given, ScriptedReply::Call& call) {
  ObjectReader read(given, "call");
  read.Required("id", call.id);
  read.Required("name", call.name);
  read.Required("arguments", call.arguments);
  return read.Finish();
}

Status ReadReply(const Json& given, ScriptedReply& reply) {
  std::string kind;
  reply.first = std::chrono::milliseconds(100);
  reply.gap = std::chrono::milliseconds(20);
  reply.text.clear();
  ObjectReader read(given, "reply");
  read.Required("kind", kind);
  if (kind == "error") {
    reply.kind = ScriptedReply::Kind::kError;
    read.Required("status", reply.status);
    read.Required("body", reply.body);
    return read.Finish();
  }
  if (kind == "tools") {
    reply.kind = ScriptedReply::Kind::kTools;
    ReadList(read, "calls", &ReadCall, reply.calls);
    read("text", reply.text);
  } else {
    if (kind != "text") read.Note("kind", Status::InvalidArgument("unknown kind of reply \"{}\"", kind));
    read.Required("text", reply.text);
  }
  ReadMs(read, "first_ms", reply.first);
  ReadMs(read, "gap_ms", reply.gap);
  read("usage", reply.usage);
  read("model", reply.model);
  return read.Finish();
}

Status ReadVoice(const Json& given, ScriptedVoice& voice) {
  ObjectReader read(given, "cartesia");
  ReadMs(read, "first_ms", voice.first);
  ReadMs(read, "ms_per_char", voice.per_character);
  ReadMs(read, "gap_ms", voice.gap);
  read("error_on", voice.error_on);
  return read.Finish();
}

Status ReadTool(const Json& given, ScriptedTool& tool) {
  Json handler;
  ObjectReader read(given, "tool");
  read.Required("name", tool.name);
  read.Required("description", tool.description);
  read("properties", tool.properties);
  read("required", tool.required);
  read.Required("handler", handler);
  read("cancel_on_interruption", tool.cancel_on_interruption);
  if (given.contains("timeout_ms")) ReadMs(read, "timeout_ms", tool.timeout.emplace(0));
  if (Status status = read.Finish(); !status.ok()) return status;
  ObjectReader how(handler, "handler");
  ReadMs(how, "delay_ms", tool.delay);
  how("result", tool.result);
  how("raises", tool.raises);
  if (handler.contains("result") == handler.contains("raises"))
    how.Note("result", Status::InvalidArgument("either result or raises is needed"));
  return how.Finish();
}

Status ReadWorker(const Json& given, PipelineTaskOptions& task) {
  ObjectReader read(given, "worker");
  read("enable_tracing", task.enable_tracing);
  read("enable_turn_tracking", task.enable_turn_tracking);
  read("conversation_id", task.conversation_id);
  read("additional_span_attributes", task.additional_span_attributes);
  if (!task.additional_span_attributes.is_object())
    read.Note("additional_span_attributes", Status::InvalidArgument("an object is needed"));
  return read.Finish();
}

Status ReadParams(const Json& given, PipelineParams& params) {
  ObjectReader read(given, "params");
  read("enable_metrics", params.enable_metrics);
  read("enable_usage_metrics", params.enable_usage_metrics);
  read("report_only_initial_ttfb", params.report_only_initial_ttfb);
  return read.Finish();
}

Status CheckSteps(const std::vector<TraceStep>& steps) {
  if (steps.empty() || (steps.back().what != "end" && steps.back().what != "cancel"))
    return Status::InvalidArgument("the last one must be \"end\" or \"cancel\"");
  return OkStatus();
}

Status ReadConversation(const Json& given, ConversationScript& script) {
  script.task.enable_tracing = true;
  script.task.idle_timeout = Nanos(0);
  script.task.params.enable_metrics = true;
  script.task.params.enable_usage_metrics = true;
  ObjectReader read(given, "conversation");
  ReadMs(read, "start_ms", script.start);
  if (const Json* worker = read.Take("worker")) read.Note("worker", ReadWorker(*worker, script.task));
  if (const Json* params = read.Take("params")) read.Note("params", ReadParams(*params, script.task.params));
  read("system_prompt", script.system_prompt);
  read("messages", script.messages);
  ReadMs(read, "user_speech_timeout_ms", script.user_speech_timeout);
  read("stt_settings", script.stt_settings);
  read("llm_settings", script.llm_settings);
  read("tts_settings", script.tts_settings);
  ReadList(read, "tools", &ReadTool, script.tools);
  if (const Json* openai = read.Take("openai")) {
    ObjectReader vendor(*openai, "openai");
    ReadList(vendor, "replies", &ReadReply, script.replies);
    read.Note("openai", vendor.Finish());
  }
  if (const Json* cartesia = read.Take("cartesia")) read.Note("cartesia", ReadVoice(*cartesia, script.voice));
  ReadList(read, "steps", &ReadStep, script.steps);
  read.Note("steps", CheckSteps(script.steps));
  return read.Finish();
}

Status ReadAnswer(const Json& given, CollectorAnswer& answer) {
  ObjectReader read(given, "answer");
  read("status", answer.status);
  ReadPairs(read, "headers", answer.headers);
  read("body", answer.body);
  return read.Finish();
}

}  // namespace

Result<TraceScript> ReadTraceScript(const Json& file) {
  TraceScript script;
  std::string format;
  std::string about;
  ObjectReader read(file, "scenario");
  read.Required("format", format);
  if (!format.empty() && format != "scenario/1")
    read.Note("format", Status::InvalidArgument("only \"scenario/1\" is known, not \"{}\"", format));
  read.Required("name", script.name);
  read.Required("about", about);
  ReadPairs(read, "environment", script.environment);
  if (const Json* collector = read.Take("collector")) {
    ObjectReader answers(*collector, "collector");
    ReadList(answers, "answers", &ReadAnswer, script.answers);
    read.Note("collector", answers.Finish());
  }
  ReadList(read, "conversations", &ReadConversation, script.conversations);
  if (script.conversations.empty())
    read.Note("conversations", Status::InvalidArgument("at least one is needed"));
  if (Status status = read.Finish(); !status.ok()) return status;
  return script;
}

}  // namespace repartee::scenario
