#include "repartee/services/cartesia/client.h"

#include "repartee/services/ai_service.h"

namespace repartee::cartesia {
namespace {

constexpr std::size_t kMaxContexts = 64;
constexpr std::size_t kMaxKeptBytes = 64 << 10;

}  // namespace

Client::Client(EventLoop& loop, ClientOptions options, User& user)
    : loop_(loop),
      options_(std::move(options)),
      user_(user),
      opened_(loop, 1),
      link_(loop, {.vendor = "cartesia", .secret = options_.api_key, .socket = options_.socket}, *this) {}

// ---------------------------------------------------------------- out

Task<Status> Client::Speak(std::string context_id, std::string text) {
  if (!link_.open()) {
    link_.Open();
    opened_.Clear();
    waiting_ = true;
    const Finally done([this] { waiting_ = false; });
    const Nanos deadline = loop_.now() + options_.open_wait;
    static_cast<void>(co_await opened_.ReceiveFor(deadline - loop_.now()));
    if (!link_.open()) co_return Status::Unavailable("cartesia: there is no connection to speak with");
  }
  const auto found = contexts_.find(context_id);
  if (found == contexts_.end() && contexts_.size() >= kMaxContexts) {
    co_return Status::ResourceExhausted("cartesia: more than {} contexts are open", kMaxContexts);
  }
  Ask(contexts_[context_id], SpeakRequest(user_.SpeakSettings(), options_.fixed, context_id, text));
  co_return OkStatus();
}

void Client::Finish(const std::string& context_id) {
  const auto found = contexts_.find(context_id);
  if (found == contexts_.end()) return;
  Ask(found->second, SpeakRequest(user_.SpeakSettings(), options_.fixed, context_id, {}));
}

void Client::Cancel(const std::string& context_id) {
  if (contexts_.erase(context_id) == 0 || !link_.open()) return;
  static_cast<void>(link_.Send(WebSocketKind::kText, CancelRequest(context_id)));
}

// While there is no link it waits in the context, for the next.
void Client::Ask(Context& context, std::string request) {
  if (!context.has_audio) {
    context.request_bytes += request.size();
    if (context.request_bytes <= kMaxKeptBytes) context.requests.push_back(request);
  }
  if (link_.open()) static_cast<void>(link_.Send(WebSocketKind::kText, std::move(request)));
}

void Client::Close() {
  stopping_ = true;
  if (link_.idle()) return user_.OnClosed();
  link_.Close();
}

// ---------------------------------------------------------------- the link

WebSocketRequest Client::LinkRequest() {
  WebSocketRequest request;
  request.url = options_.url;
  request.headers = options_.extra_headers;
  request.headers.Set("X-API-Key", options_.api_key);
  request.headers.Set("Cartesia-Version", options_.version);
  return request;
}

void Client::OnLinkOpen() {
  user_.OnOpen();
  for (const auto& [id, context] : contexts_) {
    for (const std::string& request : context.requests) {
      static_cast<void>(link_.Send(WebSocketKind::kText, request));
    }
  }
  if (waiting_) opened_.Send(true);
}

void Client::OnLinkLost(const std::string& why) {
  user_.OnLost();
  if (stopping_) return link_.Close();
  std::vector<std::string> cut;
  for (auto& [id, context] : contexts_) {
    const bool whole = !context.has_audio && context.request_bytes <= kMaxKeptBytes;
    if (!whole || std::exchange(context.asked_again, true)) cut.push_back(id);
  }
  for (const std::string& id : cut) contexts_.erase(id);
  const std::string text = "cartesia: " + (why.empty() ? "the connection was closed in mid-speech" : why);
  for (const std::string& id : cut) user_.OnFailed(id, text, ErrorCategory::kConnectivity);
}

void Client::OnLinkError(const std::string& text, ErrorCategory category, bool final) {
  user_.OnTrouble(text, category, final);
  if (!final) return;
  std::map<std::string, Context> lost;
  lost.swap(contexts_);
  for (const auto& [id, context] : lost) user_.OnFailed(id, text, category);
  if (waiting_) opened_.Send(false);
}

void Client::OnLinkClosed() {
  user_.OnLost();
  user_.OnClosed();
}

// ---------------------------------------------------------------- in

void Client::OnLinkMessage(WebSocketKind kind, std::string_view text) {
  if (kind != WebSocketKind::kText) return;
  Result<Message> message = ParseMessage(text);
  if (!message.ok()) return link_.NoteMalformed(message.status());
  link_.NoteUnderstood();
  if (message->type == MessageType::kError) return TakeError(*message);
  Take(*std::move(message));
}

void Client::Take(Message message) {
  const auto found = contexts_.find(message.context_id);
  if (found == contexts_.end()) return;  // cancelled, or over
  Context& context = found->second;
  switch (message.type) {
    case MessageType::kChunk:
      context.has_audio = true;
      context.requests.clear();
      return user_.OnAudio(message.context_id, message.audio);
    case MessageType::kTimestamps: return user_.OnWords(message.context_id, std::move(message.words));
    case MessageType::kDone: contexts_.erase(found); return user_.OnDone(message.context_id);
    default: return;
  }
}

void Client::TakeError(const Message& message) {
  const ErrorCategory category = CategoryOfHttpStatus(message.status_code);
  const std::string text = "cartesia: " + message.error;
  std::string id = message.context_id;
  // An error that names no context can only mean the one there is.
  if (id.empty() && contexts_.size() == 1) id = contexts_.begin()->first;
  if (contexts_.erase(id) > 0) return user_.OnFailed(id, text, category);
  if (message.context_id.empty()) user_.OnTrouble(text, category, false);
}

}  // namespace repartee::cartesia
