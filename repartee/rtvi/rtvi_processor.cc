#include "repartee/rtvi/rtvi_processor.h"

#include <atomic>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/base/log_tap.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/transport_frames.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxInbox = 256;
constexpr std::size_t kMaxOutbox = 4096;
constexpr int kMaxLogLines = 256;  // that wait for the loop; further ones are not told
constexpr RTVIVersion kOurs{2, 2, 0};

Json ToJson(const RTVICapabilities& capabilities) {
  return {{"audio_in", capabilities.audio_in},   {"audio_out", capabilities.audio_out},
          {"video_in", capabilities.video_in},   {"screen_in", capabilities.screen_in},
          {"video_out", capabilities.video_out}, {"metrics", capabilities.metrics}};
}

}  // namespace

// Brings each line that is logged, on whatever thread, to the conversation's loop.
class RTVIProcessor::SystemLogs : public std::enable_shared_from_this<SystemLogs> {
 public:
  explicit SystemLogs(RTVIProcessor& processor) : processor_(&processor), loop_(processor.loop()) {}

  void Start() {
    tap_.emplace([this](LogLevel, std::string_view text) {
      if (waiting_.fetch_add(1) >= kMaxLogLines) return static_cast<void>(--waiting_);
      loop_.Post([self = shared_from_this(), line = std::string(text)] { self->Tell(line); });
    });
  }
  void Stop() {
    tap_.reset();
    processor_ = nullptr;
  }

 private:
  void Tell(const std::string& line) {
    --waiting_;
    if (processor_) processor_->SendMessage("system-log", Json{{"text", line}});
  }

  RTVIProcessor* processor_;  // on the loop alone
  EventLoop& loop_;
  std::atomic<int> waiting_{0};
  std::optional<LogTap> tap_;
};

RTVIProcessor::RTVIProcessor(RTVICapabilities capabilities)
    : FrameProcessor("RTVIProcessor"), capabilities_(capabilities) {}

Status RTVIProcessor::OnSetup() {
  inbox_ = std::make_unique<Mailbox<Json>>(loop(), kMaxInbox);
  flushed_ = std::make_unique<Mailbox<std::int64_t>>(loop(), 1);
  return OkStatus();
}

void RTVIProcessor::OnCleanup() {
  TellSystemLogs(false);
  flusher_.Unlink();
  outbox_.clear();
}

Status RTVIProcessor::Process(FramePtr frame, Direction direction) {
  switch (frame->type()) {
    case FrameType::kStart:
      Push(std::move(frame), direction);
      Background(HandleMessages());
      return OkStatus();
    case FrameType::kInputTransportMessage: {
      const Json& message = frame->As<InputTransportMessageFrame>()->message;
      // The twin that goes down is for processors that have a language of their own.
      if (direction == Direction::kUpstream && IsRTVIMessage(message)) Take(message);
      break;
    }
    case FrameType::kError: {
      const auto& error = *frame->As<ErrorFrame>();
      if (direction == Direction::kUpstream) SendError(error.error, error.fatal);
      break;
    }
    case FrameType::kPipelineFlush: {
      const auto& probe = *frame->As<PipelineFlushFrame>();
      if (direction == Direction::kDownstream || probe.origin != name()) break;
      flushed_->Send(probe.flush_id);
      return OkStatus();
    }
    case FrameType::kLLMConfigureOutput: skip_tts_ = frame->As<LLMConfigureOutputFrame>()->skip_tts; break;
    default: break;
  }
  Push(std::move(frame), direction);
  return OkStatus();
}

// ---------------------------------------------------------------- from the client

void RTVIProcessor::Take(const Json& message) {
  if (inbox_->Send(message)) return;
  SendError(fmt::format("{} messages wait already; this one is dropped", kMaxInbox));
}

Task<Status> RTVIProcessor::HandleMessages() {
  for (;;) {
    const std::optional<Json> message = co_await inbox_->Receive();
    if (!message) co_return OkStatus();
    Result<RTVIMessage> parsed = ParseRTVIMessage(*message);
    if (!parsed.ok()) {
      SendError("Invalid RTVI transport message: " + parsed.status().message());
      continue;
    }
    const std::string id = parsed->id;
    const Status status = co_await Handle(*std::move(parsed));
    if (status.code() == StatusCode::kUnimplemented) {
      SendErrorResponse(id, status.message());
    } else if (!status.ok()) {
      SendErrorResponse(id, "Invalid message: " + status.message());
    }
  }
}

Task<Status> RTVIProcessor::Handle(RTVIMessage message) {
  if (message.type == "send-text") co_return co_await HandleSendText(std::move(message));
  if (message.type == "send-file") co_return co_await HandleSendFile(std::move(message));
  co_return HandleAtOnce(message);
}

Status RTVIProcessor::HandleAtOnce(const RTVIMessage& message) {
  const std::string& type = message.type;
  if (type == "client-ready") {
    HandleClientReady(message);
    return OkStatus();
  }
  if (type == "client-message") return HandleClientMessage(message);
  if (type == "raw-audio" || type == "raw-audio-batch") return HandleAudio(message);
  if (type == "dtmf") return HandleDTMF(message);
  if (type == "llm-function-call-result") return HandleFunctionCallResult(message);
  if (type.starts_with("ui-")) return HandleUIMessage(message);
  if (type != "disconnect-bot") return Status::Unimplemented("Unsupported type {}", type);
  Push(Make<EndWorkerFrame>("the client has said goodbye"), Direction::kUpstream);
  return OkStatus();
}

// A client that we do not understand wholly is told so, and served.
void RTVIProcessor::HandleClientReady(const RTVIMessage& message) {
  const Result<std::string> text = RequiredText(message.data, "version");
  const auto version = text.ok() ? ParseRTVIVersion(*text) : std::nullopt;
  if (!text.ok()) {
    SendErrorResponse(message.id, "Client version unknown. Compatibility issues may occur.");
  } else if (!version) {
    SendErrorResponse(message.id,
                      fmt::format("Invalid client version format ({}). Compatibility issues may occur.",
                                  text->substr(0, 100)));
  } else if (version->major != kOurs.major && version->major != 1) {
    SendErrorResponse(message.id,
                      fmt::format("RTVI version {} is not compatible with server protocol {}. Compatibility "
                                  "issues may occur.",
                                  *text, kRTVIProtocolVersion));
  } else {
    client_version_ = version;
  }
  Push(Make<InputTransportStartAudioStreamingFrame>());
  if (pipeline_started_) return SendBotReady(message.id);
  if (waiting_for_start_.size() < kMaxInbox) waiting_for_start_.push_back(message.id);
}

void RTVIProcessor::PipelineStarted() {
  pipeline_started_ = true;
  for (const std::string& id : std::exchange(waiting_for_start_, {})) SendBotReady(id);
}

void RTVIProcessor::SendBotReady(const std::string& id) {
  const bool old = client_version_ && client_version_->major == 1;
  const Json about{{"library", "repartee"}, {"library_version", REPARTEE_VERSION}};
  SendMessage("bot-ready",
              Json{{"version", old ? client_version_->ToString() : kRTVIProtocolVersion},
                   {"about", about},
                   {"capabilities", ToJson(capabilities_)}},
              id);
  on_client_ready.Emit(loop());
}

// ---------------------------------------------------------------- to the client

void RTVIProcessor::SendMessage(std::string_view type, const Json& data, std::string_view id) {
  SendMessage(type, data.is_null() ? JsonText() : JsonText::Of(data), id);
}

void RTVIProcessor::SendMessage(std::string_view type, const JsonText& data, std::string_view id) {
  if (!is_set_up()) return;
  if (outbox_.size() >= kMaxOutbox) {
    LogWarning("{}: {} messages at once; a {} is dropped", name(), kMaxOutbox, type);
    return;
  }
  outbox_.push_back(MakeRTVIText(type, data, id));
  // An observer must not push: the messages leave when the event in hand is over.
  loop().MakeReady(flusher_);
}

void RTVIProcessor::Flush() {
  // What a message causes may send others; their memory is used again.
  std::swap(outbox_, leaving_);
  for (JsonText& message : leaving_) Push(Make<OutputTransportMessageUrgentFrame>(std::move(message)));
  leaving_.clear();
}

void RTVIProcessor::SendServerResponse(std::string_view id, std::string_view type, Json data) {
  Json body{{"t", type}};
  if (!data.is_null()) body["d"] = std::move(data);
  SendMessage("server-response", body, id);
}

void RTVIProcessor::SendErrorResponse(std::string_view id, std::string_view error) {
  SendMessage("error-response", Json{{"error", error}}, id);
}

void RTVIProcessor::SendError(std::string_view error, bool fatal) {
  SendMessage("error", Json{{"error", error}, {"fatal", fatal}});
}

void RTVIProcessor::TellSystemLogs(bool wanted) {
  if (wanted == (system_logs_ != nullptr)) return;
  if (wanted) {
    system_logs_ = std::make_shared<SystemLogs>(*this);
    return system_logs_->Start();
  }
  system_logs_->Stop();
  system_logs_.reset();
}

}  // namespace repartee
