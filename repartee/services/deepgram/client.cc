#include "repartee/services/deepgram/client.h"

#include "repartee/base/log.h"

namespace repartee::deepgram {
namespace {

double BytesPerSecond(const Fixed& fixed) { return 2.0 * fixed.sample_rate * fixed.channels; }

}  // namespace

Client::Client(EventLoop& loop, ClientOptions options, User& user)
    : options_(std::move(options)),
      user_(user),
      bytes_per_second_(BytesPerSecond(options_.fixed)),
      sound_(static_cast<std::size_t>(ToSeconds(options_.replay) * bytes_per_second_), bytes_per_second_),
      keepalive_timer_(loop, [this] { KeepAlive(); }),
      ending_timer_(loop, [this] { link_.Close(); }),
      link_(loop, {.vendor = "deepgram", .secret = options_.api_key, .socket = options_.socket}, *this) {}

// ---------------------------------------------------------------- out

void Client::Send(AudioBuffer audio) {
  sound_.Append(std::move(audio));
  if (link_.open() && ending_ == Ending::kNone) Flush();
}

void Client::Flush() {
  std::size_t bytes = 0;
  for (AudioBuffer next = sound_.TakeUnsent(); !next.empty(); next = sound_.TakeUnsent()) {
    if (!link_.Send(WebSocketKind::kBinary, std::string(next.bytes())).ok()) break;
    bytes += next.size();
  }
  if (bytes > 0) user_.OnSent(static_cast<double>(bytes) / bytes_per_second_);
}

void Client::Finalize() {
  finalizing_ = true;
  if (link_.open() && ending_ == Ending::kNone) {
    static_cast<void>(link_.Send(WebSocketKind::kText, std::string(kFinalize)));
  }
}

void Client::KeepAlive() {
  if (!link_.open() || ending_ != Ending::kNone) return;
  static_cast<void>(link_.Send(WebSocketKind::kText, std::string(kKeepAlive)));
  keepalive_timer_.Arm(options_.keepalive);
}

// ---------------------------------------------------------------- ends

void Client::Reconnect() {
  if (link_.open()) return End(Ending::kReopen);
  link_.Close();  // an attempt under way has the old settings
  link_.Open();
}

void Client::Close() {
  if (link_.open()) return End(Ending::kStop);
  const bool idle = link_.idle();
  ending_ = Ending::kStop;
  link_.Close();
  if (idle) user_.OnClosed();
}

void Client::End(Ending ending) {
  const bool asked = ending_ != Ending::kNone;
  ending_ = ending;
  if (asked) return;
  keepalive_timer_.Disarm();
  static_cast<void>(link_.Send(WebSocketKind::kText, std::string(kCloseStream)));
  ending_timer_.Arm(options_.close_wait);
}

void Client::OnLinkClosed() {
  user_.OnLost();
  ending_timer_.Disarm();
  keepalive_timer_.Disarm();
  if (ending_ == Ending::kStop) return user_.OnClosed();
  if (std::exchange(ending_, Ending::kNone) != Ending::kReopen) return;
  // CloseStream has brought the results of all that was sent.
  sound_.SettleSent();
  link_.Open();
}

// ---------------------------------------------------------------- the link

WebSocketRequest Client::LinkRequest() {
  WebSocketRequest request;
  request.url = ListenUrl(options_.base_url, user_.ListenSettings(), options_.fixed);
  request.headers.Add("Authorization", "Token " + options_.api_key);
  return request;
}

void Client::OnLinkOpen() {
  user_.OnOpen();
  keepalive_timer_.Arm(options_.keepalive);
  sound_.Reconnected();
  Flush();
  if (finalizing_) Finalize();
}

void Client::OnLinkMessage(WebSocketKind kind, std::string_view text) {
  if (kind != WebSocketKind::kText) return;
  Result<Message> message = ParseMessage(text);
  if (!message.ok()) return link_.NoteMalformed(message.status());
  link_.NoteUnderstood();
  switch (message->type) {
    case MessageType::kResults:
      if (message->is_final && message->end >= 0) sound_.Settle(message->end);
      if (message->from_finalize) finalizing_ = false;
      return user_.OnResults(*std::move(message));
    case MessageType::kMetadata:
      if (ending_ != Ending::kNone) link_.Close();
      return;
    // The vendor closes the link after it, which tells the user.
    case MessageType::kError: return LogWarning("deepgram: {}", message->error);
    case MessageType::kOther: return;
  }
}

void Client::OnLinkLost(const std::string& why) {
  user_.OnLost();
  keepalive_timer_.Disarm();
  ending_timer_.Disarm();
  if (ending_ == Ending::kStop) return link_.Close();
  ending_ = Ending::kNone;  // the next link has the new settings
  if (!why.empty()) user_.OnTrouble("deepgram: " + why, ErrorCategory::kConnectivity, false);
}

void Client::OnLinkError(const std::string& text, ErrorCategory category, bool final) {
  user_.OnTrouble(text, category, final);
}

}  // namespace repartee::deepgram
