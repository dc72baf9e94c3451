#include "repartee/rtvi/rtvi_observer.h"

#include <utility>

#include "repartee/base/json_text.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/rtvi/rtvi_metrics.h"
#include "repartee/services/text/sentence_rules.h"
#include "repartee/transports/base_output.h"

namespace repartee {
namespace {

using Level = RTVIFunctionCallReportLevel;

constexpr RTVIVersion kFirstWithRawText{2, 2, 0};
constexpr std::size_t kMaxTranscript = 64 << 10;  // bytes without an end of a sentence

// The user's words in the last message, if it is one of the user's; parts other than text are left out.
std::string LastUserText(const LLMContext& context) {
  const Json& messages = context.messages();
  if (messages.empty() || messages.back().value("role", "") != "user") return {};
  const auto content = messages.back().find("content");
  if (content == messages.back().end()) return {};
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  if (!content->is_array()) return text;
  for (const Json& part : *content) {
    if (!part.is_object() || part.value("type", "") != "text" || !part.contains("text")) continue;
    if (!text.empty()) text += ' ';
    if (part["text"].is_string()) text += part["text"].get_ref<const std::string&>();
  }
  return text;
}

// Whether a sentence can have this byte as its last: a mark, what closes behind one, or a part of a
// character beyond ASCII. Asked of each token, so that few are looked at with all before them.
bool MayEndASentence(char last) {
  constexpr std::string_view kLast = ".!?\"')]}";
  return (static_cast<unsigned char>(last) & 0x80) != 0 || kLast.find(last) != std::string_view::npos;
}

// As if another sentence followed.
bool EndsASentence(const std::string& text) {
  const std::size_t last = text.find_last_not_of(" \n\t");
  if (last == std::string::npos || !MayEndASentence(text[last])) return false;
  const std::string followed = text.substr(0, last + 1) + " The";
  std::string_view rest = followed;
  while (rest.size() > 4) {
    const std::size_t end = FindSentenceEnd(rest);
    if (end == 0) return false;
    rest.remove_prefix(end);
  }
  return true;
}

BotOutput::Params OutputParams(const RTVIObserverParams& params) {
  return {.output = params.bot_output_enabled,
          .tts_text = params.bot_tts_enabled,
          .raw_text = params.tts_raw_text_enabled};
}

}  // namespace

RTVIObserver::RTVIObserver(RTVIProcessor& rtvi, RTVIObserverParams params)
    : rtvi_(rtvi),
      params_(std::move(params)),
      output_(OutputParams(params_), [this](const char* type, const JsonText& data) {
        if (std::string_view(type) == "tts-raw-text" && !knows_raw_text()) return;
        Send(type, data);
      }) {}

void RTVIObserver::OnPipelineStarted() {
  rtvi_.TellSystemLogs(params_.system_logs_enabled);
  rtvi_.PipelineStarted();
}

void RTVIObserver::Configure(RTVIObserverParams params) {
  params.user_audio_level_enabled = params_.user_audio_level_enabled;
  params.bot_audio_level_enabled = params_.bot_audio_level_enabled;
  params_ = std::move(params);
  output_.set_params(OutputParams(params_));
  rtvi_.TellSystemLogs(params_.system_logs_enabled);
}

FrameTypeSet RTVIObserver::wanted_pushes() const {
  FrameTypeSet types{FrameType::kInterruption,
                     FrameType::kBotStartedSpeaking,
                     FrameType::kBotStoppedSpeaking,
                     FrameType::kAggregatedText,
                     FrameType::kTTSText,
                     FrameType::kAggregatedTextProgress,
                     FrameType::kFunctionCallsStarted,
                     FrameType::kFunctionCallInProgress,
                     FrameType::kFunctionCallResult,
                     FrameType::kFunctionCallCancel,
                     FrameType::kLLMFullResponseStart,
                     FrameType::kLLMText,
                     FrameType::kLLMFullResponseEnd,
                     FrameType::kLLMContext,
                     FrameType::kTranscription,
                     FrameType::kInterimTranscription,
                     FrameType::kUserBackchannel,
                     FrameType::kUserStartedSpeaking,
                     FrameType::kUserStoppedSpeaking,
                     FrameType::kUserMuteStarted,
                     FrameType::kUserMuteStopped,
                     FrameType::kTTSStarted,
                     FrameType::kTTSStopped,
                     FrameType::kMetrics,
                     FrameType::kVADUserStartedSpeaking,
                     FrameType::kVADUserStoppedSpeaking,
                     FrameType::kLLMMarkerResponse,
                     FrameType::kExternalFunctionCallsStarted,
                     FrameType::kExternalFunctionCallInProgress,
                     FrameType::kExternalFunctionCallResult,
                     FrameType::kExternalFunctionCallCancel,
                     FrameType::kCustom};
  // Sound comes by the thousand: only for who wants to hear of it.
  if (params_.user_audio_level_enabled) types.Add(FrameType::kInputAudioRaw);
  if (params_.bot_audio_level_enabled) types.Add(FrameType::kTTSAudioRaw);
  return types;
}

int RTVIObserver::client_major() const { return rtvi_.client_version() ? rtvi_.client_version()->major : 2; }

bool RTVIObserver::knows_raw_text() const {
  return rtvi_.client_version() && *rtvi_.client_version() >= kFirstWithRawText;
}

void RTVIObserver::OnPushFrame(const FramePushed& event) {
  const Frame& frame = *event.frame;
  if (frame.Is<AggregatedTextFrame>() || frame.Is<AggregatedTextProgressFrame>()) {
    if (event.direction == Direction::kDownstream &&
        dynamic_cast<const BaseOutputTransport*>(&event.source)) {
      LeftTransport(frame);
    }
    return;
  }
  if (frame.Is<InputAudioRawFrame>() || frame.Is<TTSAudioRawFrame>()) return OnSound(event);
  if (frame.broadcast_sibling_id != 0 && event.direction == Direction::kUpstream) return;
  if (event.first_push) OnFirstPush(frame);
}

void RTVIObserver::LeftTransport(const Frame& frame) {
  if (const auto* text = frame.As<AggregatedTextFrame>()) {
    const bool for_new_clients = text->text_type == TextType::kBackchannel;
    if (!for_new_clients || knows_raw_text()) output_.OnText(*text, client_major());
  } else {
    output_.OnProgress(*frame.As<AggregatedTextProgressFrame>(), client_major());
  }
}

void RTVIObserver::OnFirstPush(const Frame& frame) {
  if (frame.Is<InterruptionFrame>()) return Interrupted();
  if (const auto* metrics = frame.As<MetricsFrame>()) {
    if (params_.metrics_enabled) Send("metrics", ToRTVIMetrics(*metrics));
    return;
  }
  if (frame.type() == FrameType::kCustom) return OnCustom(frame);
  if (OnSpeaking(frame) || OnBotText(frame) || OnUserText(frame)) return;
  if (!OnFunctionCall(frame)) OnExternalFunctionCall(frame);
}

// The user's as it comes in, the bot's as it is heard.
void RTVIObserver::OnSound(const FramePushed& event) {
  if (const auto* in = event.frame->As<InputAudioRawFrame>()) {
    if (!event.first_push || in->num_channels != 1) return;
    const auto level = user_level_.Add(event.time, in->audio.samples(), in->sample_rate);
    if (level) Send("user-audio-level", JsonObject("value", *level));
    return;
  }
  const auto& out = *event.frame->As<TTSAudioRawFrame>();
  if (!dynamic_cast<const BaseOutputTransport*>(&event.source) || out.num_channels != 1) return;
  const auto level = bot_level_.Add(event.time, out.audio.samples(), out.sample_rate);
  if (level) Send("bot-audio-level", JsonObject("value", *level));
}

void RTVIObserver::Interrupted() {
  output_.OnInterruption();
  transcript_.clear();
  cut_ = true;
  if (params_.user_speaking_enabled) Send("bot-interrupted");
}

// ---------------------------------------------------------------- who speaks

bool RTVIObserver::OnSpeaking(const Frame& frame) {
  const auto tell = [this](bool enabled, const char* type) {
    if (enabled) Send(type);
    return true;
  };
  switch (frame.type()) {
    case FrameType::kUserStartedSpeaking: return tell(params_.user_speaking_enabled, "user-started-speaking");
    case FrameType::kUserStoppedSpeaking: return tell(params_.user_speaking_enabled, "user-stopped-speaking");
    case FrameType::kVADUserStartedSpeaking:
      return tell(params_.vad_user_speaking_enabled, "vad-user-started-speaking");
    case FrameType::kVADUserStoppedSpeaking:
      return tell(params_.vad_user_speaking_enabled, "vad-user-stopped-speaking");
    case FrameType::kUserMuteStarted: return tell(params_.user_mute_enabled, "user-mute-started");
    case FrameType::kUserMuteStopped: return tell(params_.user_mute_enabled, "user-mute-stopped");
    case FrameType::kBotStartedSpeaking:
      tell(params_.bot_speaking_enabled, "bot-started-speaking");
      output_.OnBotStartedSpeaking();
      return true;
    case FrameType::kBotStoppedSpeaking:
      output_.OnBotStoppedSpeaking();
      return tell(params_.bot_speaking_enabled, "bot-stopped-speaking");
    default: return false;
  }
}

// ---------------------------------------------------------------- the bot

bool RTVIObserver::OnBotText(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kLLMFullResponseStart:
      transcript_.clear();
      cut_ = false;
      if (params_.bot_llm_enabled) Send("bot-llm-started");
      return true;
    case FrameType::kLLMText: OnLLMText(frame.As<LLMTextFrame>()->text); return true;
    case FrameType::kLLMFullResponseEnd: OnLLMEnd(); return true;
    case FrameType::kTTSStarted:
      if (params_.bot_tts_enabled) Send("bot-tts-started");
      return true;
    case FrameType::kTTSStopped:
      if (params_.bot_tts_enabled) Send("bot-tts-stopped");
      return true;
    case FrameType::kLLMMarkerResponse: {
      if (!params_.bot_llm_marker_enabled) return true;
      const auto& answer = *frame.As<LLMMarkerResponseFrame>();
      Send("bot-llm-marker", Json{{"text", answer.marker},
                                  {"kind", answer.kind},
                                  {"raw", answer.raw},
                                  {"markers", answer.markers}});
      return true;
    }
    default: return false;
  }
}

void RTVIObserver::OnLLMText(const std::string& text) {
  if (params_.llm_raw_text_enabled && knows_raw_text()) Send("llm-raw-text", JsonObject("text", text));
  if (!params_.bot_llm_enabled) return;
  Send("bot-llm-text", JsonObject("text", text));
  transcript_ += text;
  if (!EndsASentence(transcript_) && transcript_.size() < kMaxTranscript) return;
  Send("bot-transcription", JsonObject("text", std::exchange(transcript_, {})));
}

// An answer may end without a mark; one that was cut short ends in the midst of a word.
void RTVIObserver::OnLLMEnd() {
  if (!params_.bot_llm_enabled) return;
  if (!cut_ && transcript_.find_first_not_of(" \n\t") != std::string::npos) {
    Send("bot-transcription", JsonObject("text", transcript_));
  }
  transcript_.clear();
  Send("bot-llm-stopped");
}

// ---------------------------------------------------------------- the user

bool RTVIObserver::OnUserText(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kTranscription: {
      const auto& said = *frame.As<TranscriptionFrame>();
      OnTranscript(said.text, said.user_id, said.timestamp, true);
      return true;
    }
    case FrameType::kInterimTranscription: {
      const auto& said = *frame.As<InterimTranscriptionFrame>();
      OnTranscript(said.text, said.user_id, said.timestamp, false);
      return true;
    }
    case FrameType::kUserBackchannel: {
      const auto& said = *frame.As<UserBackchannelFrame>();
      if (!params_.user_input_enabled || !knows_raw_text()) return true;
      Send("user-input", Json{{"text", said.text},
                              {"input_type", "backchannel"},
                              {"timestamp", said.timestamp},
                              {"final", true},
                              {"user_id", said.user_id}});
      return true;
    }
    case FrameType::kLLMContext: OnContext(frame); return true;
    default: return false;
  }
}

void RTVIObserver::OnTranscript(const std::string& text, const std::string& user_id,
                                const std::string& timestamp, bool final) {
  if (params_.user_input_enabled) {
    Send("user-input", JsonObject("text", text, "input_type", "transcription", "timestamp", timestamp,
                                  "final", final, "user_id", user_id));
  }
  const JsonText data = JsonObject("text", text, "user_id", user_id, "timestamp", timestamp, "final", final);
  if (params_.stt_raw_text_enabled && knows_raw_text()) Send("stt-raw-text", data);
  if (params_.user_transcription_enabled) Send("user-transcription", data);
}

void RTVIObserver::OnContext(const Frame& frame) {
  const auto& context = frame.As<LLMContextFrame>()->context;
  if (!params_.user_llm_enabled || !context) return;
  const std::string text = LastUserText(*context);
  if (!text.empty()) Send("user-llm-text", JsonObject("text", text));
}

// ---------------------------------------------------------------- functions, applications

Level RTVIObserver::LevelOf(const std::string& function) const {
  const auto& levels = params_.function_call_report_level;
  auto found = levels.find(function);
  if (found == levels.end()) found = levels.find("*");
  return found == levels.end() ? Level::kNone : found->second;
}

void RTVIObserver::TellFunctionCall(const char* type, const std::string& function, Json data,
                                    const Json* arguments, const Json* result) {
  const Level level = LevelOf(function);
  if (level == Level::kDisabled) return;
  if (level >= Level::kName) data["function_name"] = function;
  if (level >= Level::kArguments && arguments) data["arguments"] = *arguments;
  if (level >= Level::kFull && result) data["result"] = *result;
  Send(type, data);
}

// Of calls that a remote service runs by itself.
bool RTVIObserver::OnExternalFunctionCall(const Frame& frame) {
  if (const auto* started = frame.As<ExternalFunctionCallsStartedFrame>()) {
    for (const ExternalFunctionCall& call : started->function_calls) {
      TellFunctionCall("llm-function-call-started", call.function_name, Json::object(), nullptr, nullptr);
    }
    return true;
  }
  if (const auto* begun = frame.As<ExternalFunctionCallInProgressFrame>()) {
    TellFunctionCall("llm-function-call-in-progress", begun->call.function_name,
                     Json{{"tool_call_id", begun->call.tool_call_id}}, &begun->call.arguments, nullptr);
    return true;
  }
  if (const auto* ended = frame.As<ExternalFunctionCallResultFrame>()) {
    if (!ended->is_final) return true;
    TellFunctionCall("llm-function-call-stopped", ended->call.function_name,
                     Json{{"tool_call_id", ended->call.tool_call_id}, {"cancelled", false}}, nullptr,
                     &ended->result);
    return true;
  }
  const auto* cancelled = frame.As<ExternalFunctionCallCancelFrame>();
  if (!cancelled) return false;
  TellFunctionCall("llm-function-call-stopped", cancelled->function_name,
                   Json{{"tool_call_id", cancelled->tool_call_id}, {"cancelled", true}}, nullptr, nullptr);
  return true;
}

bool RTVIObserver::OnFunctionCall(const Frame& frame) {
  const auto tell = [this](const char* type, const std::string& function, Json data, const Json* arguments,
                           const Json* result) {
    TellFunctionCall(type, function, std::move(data), arguments, result);
    return true;
  };
  if (const auto* started = frame.As<FunctionCallsStartedFrame>()) {
    for (const FunctionCallFromLLM& call : started->function_calls) {
      tell("llm-function-call-started", call.function_name, Json::object(), nullptr, nullptr);
    }
    return true;
  }
  if (const auto* call = frame.As<FunctionCallInProgressFrame>()) {
    return tell("llm-function-call-in-progress", call->function_name,
                Json{{"tool_call_id", call->tool_call_id}}, &call->arguments, nullptr);
  }
  if (const auto* call = frame.As<FunctionCallResultFrame>()) {
    return tell("llm-function-call-stopped", call->function_name,
                Json{{"tool_call_id", call->tool_call_id}, {"cancelled", false}}, nullptr, &call->result);
  }
  if (const auto* call = frame.As<FunctionCallCancelFrame>()) {
    return tell("llm-function-call-stopped", call->function_name,
                Json{{"tool_call_id", call->tool_call_id}, {"cancelled", true}}, nullptr, nullptr);
  }
  return false;
}

void RTVIObserver::OnCustom(const Frame& frame) {
  if (const auto* message = AsRTVI<RTVIServerMessageFrame>(frame))
    return rtvi_.SendServerMessage(message->data);
  if (const auto* answer = AsRTVI<RTVIServerResponseFrame>(frame)) {
    if (!answer->error.empty()) return rtvi_.SendErrorResponse(answer->msg_id, answer->error);
    return rtvi_.SendServerResponse(answer->msg_id, answer->type_text, answer->data);
  }
  if (const auto* command = AsRTVI<RTVIUICommandFrame>(frame)) {
    return Send("ui-command", Json{{"command", command->command}, {"payload", command->payload}});
  }
  if (const auto* jobs = AsRTVI<RTVIUIJobGroupFrame>(frame)) return Send("ui-job-group", jobs->data);
  if (const auto* other = AsRTVI<RTVIConfigureObserverFrame>(frame)) return Configure(other->params);
  const auto* typed = AsRTVI<RTVISendTextFrame>(frame);
  if (!typed || !params_.user_input_enabled) return;
  Send("user-input", Json{{"text", typed->text},
                          {"input_type", "chat"},
                          {"timestamp", typed->timestamp},
                          {"final", true},
                          {"msg_id", typed->msg_id}});
}

}  // namespace repartee
