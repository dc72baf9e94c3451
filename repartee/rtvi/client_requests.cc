// What a client asks of its pipeline: each kind of message becomes frames.
#include <utility>

#include "repartee/base/encoding.h"
#include "repartee/base/iso_time.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/rtvi/rtvi_processor.h"

namespace repartee {
namespace {

// A probe that finds its way through no pipeline in so long is not waited for.
constexpr Nanos kFlushLimit = std::chrono::seconds(2);
constexpr int kMaxRate = 768000;
constexpr int kMaxChannels = 64;
constexpr int kMaxSide = 65536;  // pixels
constexpr std::size_t kMaxButtons = 64;

Json Field(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

Result<int> NumberBetween(const Json& data, const char* key, int least, int most) {
  const Json value = Field(data, key);
  if (!value.is_number_integer() || value < least || value > most) {
    return Status::Malformed("{} must be a whole number from {} to {}", key, least, most);
  }
  return value.get<int>();
}

Result<std::string> DecodeBytes(const Json& piece, const char* key) {
  if (!piece.is_string()) return Status::Malformed("{} must be base64 text", key);
  auto bytes = Base64Decode(piece.get_ref<const std::string&>());
  if (!bytes.ok()) return std::move(bytes).status().Annotate("{}", key);
  return bytes;
}

Result<FramePtr> MakeImageFrame(const Json& source, std::string format, const std::string& text,
                                const RTVISendOptions& options) {
  auto bytes = DecodeBytes(Field(source, "bytes"), "file.source.bytes");
  if (!bytes.ok()) return std::move(bytes).status();
  const auto side = [&source](const char* key) {
    return NumberBetween(source, key, 0, kMaxSide).value_or(0);
  };
  auto image =
      Make<UserImageRawFrame>(*std::move(bytes), ImageSize{side("width"), side("height")}, std::move(format));
  image->text = text;
  image->append_to_context = true;
  image->run_llm = options.run_immediately;
  return FramePtr(std::move(image));
}

Result<FramePtr> MakeFileFrame(const Json& file, const std::string& text, const RTVISendOptions& options) {
  auto format = RequiredText(file, "format");
  if (!format.ok()) return std::move(format).status().Annotate("file");
  const Json source = Field(file, "source");
  const auto type = RequiredText(source, "type");
  if (!type.ok()) return Status(type.status()).Annotate("file.source");
  if (*type != "bytes" && *type != "url") return Status::Malformed("file.source.type must be bytes or url");
  const bool by_url = *type == "url";
  if (!by_url && format->starts_with("image/"))
    return MakeImageFrame(source, *std::move(format), text, options);
  auto content = RequiredText(source, by_url ? "url" : "bytes");
  if (!content.ok()) return std::move(content).status().Annotate("file.source");
  const Json name = Field(file, "name");
  auto frame =
      Make<UserFileRawFrame>(*std::move(content), by_url ? FileSourceType::kUrl : FileSourceType::kBytes,
                             name.is_string() ? name.get<std::string>() : std::string(), *std::move(format));
  frame->text = text;
  frame->append_to_context = true;
  frame->run_llm = options.run_immediately;
  if (!options.custom_options.is_null()) frame->custom_options = options.custom_options;
  return FramePtr(std::move(frame));
}

}  // namespace

Status RTVIProcessor::HandleClientMessage(const RTVIMessage& message) {
  auto type = RequiredText(message.data, "t");
  if (!type.ok()) return std::move(type).status();
  const Json data = Field(message.data, "d");
  Push(Make<RTVIClientMessageFrame>(message.id, *type, data));
  on_client_message.Emit(loop(), message.id, *std::move(type), data);
  return OkStatus();
}

Status RTVIProcessor::HandleUIMessage(const RTVIMessage& message) {
  if (message.type != "ui-event" && message.type != "ui-snapshot" && message.type != "ui-cancel-job-group") {
    return Status::Unimplemented("Unsupported type {}", message.type);
  }
  Push(Make<RTVIUIMessageFrame>(message.id, message.type, message.data));
  on_ui_message.Emit(loop(), message.type, message.data);
  return OkStatus();
}

Status RTVIProcessor::HandleAudio(const RTVIMessage& message) {
  const auto rate = NumberBetween(message.data, "sampleRate", 1, kMaxRate);
  if (!rate.ok()) return rate.status();
  const auto channels = NumberBetween(message.data, "numChannels", 1, kMaxChannels);
  if (!channels.ok()) return channels.status();
  const bool batch = message.type == "raw-audio-batch";
  const char* const key = batch ? "base64AudioBatch" : "base64Audio";
  const Json given = Field(message.data, key);
  if (batch && !given.is_array()) return Status::Malformed("{} must be a list", key);
  const Json pieces = batch ? given : Json::array({given});
  for (const Json& piece : pieces) {
    auto pcm = DecodeBytes(piece, key);
    if (!pcm.ok()) return std::move(pcm).status();
    const std::size_t frame_bytes = 2 * static_cast<std::size_t>(*channels);
    pcm->resize(pcm->size() / frame_bytes * frame_bytes);
    if (pcm->empty()) continue;
    Push(Make<InputAudioRawFrame>(AudioBuffer::CopyBytes(*pcm), *rate, *channels));
  }
  return OkStatus();
}

Status RTVIProcessor::HandleDTMF(const RTVIMessage& message) {
  const Json buttons = Field(message.data, "buttons");
  if (!buttons.is_array() || buttons.empty() || buttons.size() > kMaxButtons) {
    return Status::Malformed("buttons must be a list of 1 to {} keys", kMaxButtons);
  }
  std::vector<KeypadEntry> keys;
  for (const Json& button : buttons) {
    const auto key =
        button.is_string() ? ParseKeypadEntry(button.get_ref<const std::string&>()) : std::nullopt;
    if (!key) return Status::Malformed("a button must be one of 0 to 9, * and #");
    keys.push_back(*key);
  }
  for (const KeypadEntry key : keys) Push(Make<InputDTMFFrame>(key));
  return OkStatus();
}

Status RTVIProcessor::HandleFunctionCallResult(const RTVIMessage& message) {
  auto function = RequiredText(message.data, "function_name");
  if (!function.ok()) return std::move(function).status();
  auto call = RequiredText(message.data, "tool_call_id");
  if (!call.ok()) return std::move(call).status();
  Json arguments = Field(message.data, "arguments");
  if (arguments.is_null()) arguments = Json::object();
  Push(Make<FunctionCallResultFrame>(*std::move(function), *std::move(call), std::move(arguments),
                                     Field(message.data, "result")));
  return OkStatus();
}

// ---------------------------------------------------------------- what the user types

// What was said so far must be in the context, cut to what was heard, before something new is: a probe behind
// the interruption goes to the pipeline's end and comes back.
Task<Status> RTVIProcessor::InterruptAndFlush() {
  flushed_->Clear();
  BroadcastInterruption();
  auto probe = Make<PipelineFlushFrame>(++last_flush_);
  probe->origin = name();
  Push(std::move(probe));
  const Nanos until = loop().now() + kFlushLimit;
  while (loop().now() < until) {
    const auto number = co_await flushed_->ReceiveFor(until - loop().now());
    if (number == last_flush_) break;
  }
  co_return OkStatus();
}

void RTVIProcessor::SwitchVoice(bool off) {
  if (off != skip_tts_) Push(Make<LLMConfigureOutputFrame>(off));
}

Task<Status> RTVIProcessor::HandleSendText(RTVIMessage message) {
  auto content = RequiredText(message.data, "content");
  if (!content.ok()) co_return std::move(content).status();
  const auto options = ParseSendOptions(Field(message.data, "options"));
  if (!options.ok()) co_return options.status();
  if (options->run_immediately) static_cast<void>(co_await InterruptAndFlush());
  const bool off = !options->audio_response;
  SwitchVoice(off);
  const Json user_message{{"role", "user"}, {"content", *content}};
  auto append = Make<LLMMessagesAppendFrame>(Json::array({user_message}));
  append->run_llm = options->run_immediately;
  Push(std::move(append));
  Push(Make<RTVISendTextFrame>(message.id, *std::move(content), FormatIsoMillis(loop().wall_now())));
  if (off != skip_tts_) Push(Make<LLMConfigureOutputFrame>(skip_tts_));
  co_return OkStatus();
}

// A picture or a document. Its bytes come in base64.
Task<Status> RTVIProcessor::HandleSendFile(RTVIMessage message) {
  const auto content = Field(message.data, "content");
  const std::string text = content.is_string() ? content.get<std::string>() : std::string();
  const Json file = Field(message.data, "file");
  const auto options = ParseSendOptions(Field(message.data, "options"));
  if (!options.ok()) co_return options.status();
  auto frame = MakeFileFrame(file, text, *options);
  if (!frame.ok()) co_return std::move(frame).status();
  if (options->run_immediately) static_cast<void>(co_await InterruptAndFlush());
  const bool off = !options->audio_response;
  SwitchVoice(off);
  Push(*std::move(frame));
  if (off != skip_tts_) Push(Make<LLMConfigureOutputFrame>(skip_tts_));
  co_return OkStatus();
}

}  // namespace repartee
