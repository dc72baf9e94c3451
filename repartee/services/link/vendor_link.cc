#include "repartee/services/link/vendor_link.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "repartee/base/json.h"
#include "repartee/base/log.h"
#include "repartee/base/random.h"
#include "repartee/services/ai_service.h"

namespace repartee {
namespace {

constexpr double kFirstPause = 0.5;  // seconds, as the others
constexpr double kLongestPause = 10;
constexpr double kLongestAskedPause = 30;
constexpr double kRateLimitPause = 1;
constexpr std::size_t kMaxVendorText = 200;
constexpr int kMaxMalformed = 16;
constexpr std::string_view kStruckOut = "***";

// Nothing before the first retry; less a random quarter, so that callers do not come back all at once.
Nanos Pause(int failure) {
  if (failure <= 1) return Nanos(0);
  const double seconds = std::min(kLongestPause, kFirstPause * std::pow(2.0, failure - 2));
  const double random = static_cast<double>(RandomBits() >> 11) * 0x1.0p-53;
  return FromSeconds(seconds * (1 - 0.25 * random));
}

// What a server that is busy asks for; a date is not read.
Nanos AskedPause(const HttpResponse& refusal) {
  const std::string_view text = refusal.headers.Get("Retry-After");
  double seconds = refusal.status == 429 ? kRateLimitPause : 0;
  double asked = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), asked);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size() && asked >= 0) {
    seconds = std::min(asked, kLongestAskedPause);
  }
  return FromSeconds(seconds);
}

// The vendor's own words for a refusal, if it has any.
std::string VendorText(std::string_view body) {
  const Result<Json> parsed = ParseJson(body);
  if (!parsed.ok() || !parsed->is_object()) return {};
  for (const char* const key : {"err_msg", "message", "error", "title"}) {
    const auto found = parsed->find(key);
    if (found == parsed->end() || !found->is_string()) continue;
    const std::string text = found->get<std::string>();
    return text.size() > kMaxVendorText ? std::string() : ": " + text;
  }
  return {};
}

}  // namespace

VendorLink::VendorLink(EventLoop& loop, VendorLinkOptions options, User& user)
    : loop_(loop),
      options_(std::move(options)),
      user_(user),
      retry_(loop, [this] { Connect(); }),
      drop_(loop, [this] { Drop("too much waits to be sent"); }) {}

// ---------------------------------------------------------------- use

void VendorLink::Open() {
  if (state_ != State::kIdle) return;
  failures_ = quick_failures_ = 0;
  told_.clear();
  state_ = State::kConnecting;
  Connect();
}

Status VendorLink::Send(WebSocketKind kind, std::string message) {
  if (state_ != State::kOpen)
    return Status::FailedPrecondition("{}: there is no connection", options_.vendor);
  Status status = socket_->Send(kind, std::move(message));
  // Later, since whoever sends may be in the middle of something.
  if (!status.ok()) drop_.Arm(Nanos(0));
  return status;
}

void VendorLink::Close() {
  retry_.Disarm();
  if (state_ == State::kOpen) {
    state_ = State::kClosing;
    return socket_->Close(kWebSocketNormal, {});
  }
  if (state_ != State::kConnecting) return;
  socket_.reset();
  state_ = State::kIdle;
  user_.OnLinkClosed();
}

void VendorLink::Drop(const std::string& why) {
  if (state_ != State::kOpen) return;
  socket_.reset();
  Broke(Status::Unavailable("{}", why));
}

void VendorLink::NoteMalformed(const Status& status) {
  if (malformed_++ == 0) LogWarning("{}: a message is skipped: {}", options_.vendor, status.message());
  if (malformed_ > kMaxMalformed) {
    Drop(fmt::format("more than {} messages in a row are malformed", kMaxMalformed));
  }
}

// ---------------------------------------------------------------- connecting

void VendorLink::Connect() {
  WebSocketHandler handler;
  handler.on_open = [this](const HttpResponse&) { Opened(); };
  handler.on_message = [this](WebSocketKind kind, std::string_view message) {
    user_.OnLinkMessage(kind, message);
  };
  handler.on_closed = [this](const WebSocketClosed& closed) { Ended(closed); };
  socket_ = ConnectWebSocket(loop_, user_.LinkRequest(), options_.socket);
  socket_->Start(std::move(handler));
}

void VendorLink::Opened() {
  state_ = State::kOpen;
  opened_at_ = loop_.now();
  failures_ = malformed_ = 0;
  told_.clear();
  user_.OnLinkOpen();
}

void VendorLink::Ended(WebSocketClosed closed) {
  socket_.reset();
  if (state_ == State::kClosing) {
    state_ = State::kIdle;
    return user_.OnLinkClosed();
  }
  closed.opened ? Broke(closed.status) : Refused(closed);
}

void VendorLink::Broke(const Status& status) {
  const bool young = loop_.now() - opened_at_ < options_.quick_failure;
  quick_failures_ = young ? quick_failures_ + 1 : 0;
  const std::string why = status.ok() ? std::string() : Clean(status.message());
  state_ = State::kConnecting;
  // Again and again the same is one cause: it was told, or giving up tells it.
  user_.OnLinkLost(quick_failures_ > 1 ? std::string() : why);
  if (state_ != State::kConnecting) return;  // the user wants no other
  if (quick_failures_ >= options_.max_quick_failures) {
    return GiveUp(fmt::format("{} connections in a row broke soon after they opened{}{}", quick_failures_,
                              why.empty() ? "" : "; last: ", why),
                  ErrorCategory::kConnectivity);
  }
  TryAgain(Pause(quick_failures_));
}

void VendorLink::Refused(const WebSocketClosed& closed) {
  ++failures_;
  const int answered = closed.refusal.status;
  const ErrorCategory category =
      answered != 0 ? CategoryOfHttpStatus(answered) : CategoryOfStatus(closed.status.code());
  std::string text = Clean(closed.status.message() + VendorText(closed.refusal.body));
  if (IsPermanent(category)) return GiveUp(text, category);
  if (failures_ >= options_.max_attempts) {
    return GiveUp(fmt::format("{} attempts to connect failed; last: {}", failures_, text), category);
  }
  const Nanos wait = std::max(Pause(failures_), AskedPause(closed.refusal));
  if (text != told_) {
    told_ = text;
    user_.OnLinkError(options_.vendor + ": " + text, category, false);
  }
  if (state_ == State::kConnecting && !socket_) TryAgain(wait);
}

void VendorLink::TryAgain(Nanos wait) {
  LogInfo("{}: connecting again in {:.1f} s", options_.vendor, ToSeconds(wait));
  retry_.Arm(wait);
}

void VendorLink::GiveUp(const std::string& text, ErrorCategory category) {
  state_ = State::kIdle;
  user_.OnLinkError(options_.vendor + ": " + text, category, true);
}

std::string VendorLink::Clean(std::string text) const {
  if (options_.secret.empty()) return text;
  for (std::size_t at = text.find(options_.secret); at != std::string::npos;
       at = text.find(options_.secret, at)) {
    text.replace(at, options_.secret.size(), kStruckOut);
    at += kStruckOut.size();
  }
  return text;
}

}  // namespace repartee
