#include "repartee/net/websocket_link.h"

#include <boost/beast/websocket/error.hpp>

#include "repartee/base/event_loop_asio.h"

namespace repartee {
namespace {

namespace websocket = boost::beast::websocket;
using Error = boost::system::error_code;

constexpr std::size_t kMaxReason = 123;        // of a control frame's 125 bytes
constexpr std::size_t kKeptBuffer = 64 << 10;  // a larger message gives its memory back
constexpr std::size_t kMaxWaitingMessages = 65536;

// At most `limit` bytes, ending with a whole code point.
std::string CutUtf8(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  text.resize(limit);
  return text;
}

bool IsOrdinary(std::uint16_t code) {
  return code == kWebSocketNormal || code == kWebSocketGoingAway || code == kWebSocketNoCode;
}

WebSocketClosed ClosedByPeer(const websocket::close_reason& given) {
  WebSocketClosed closed;
  closed.code = given.code == websocket::close_code::none ? std::uint16_t{kWebSocketNoCode} : given.code;
  closed.reason.assign(given.reason.data(), given.reason.size());
  if (!IsOrdinary(closed.code)) {
    closed.status = Status::Unavailable("the peer closed with {}{}{}", closed.code,
                                        closed.reason.empty() ? "" : ": ", closed.reason);
  }
  return closed;
}

// Why a read failed; Beast has told the peer what concerns it.
WebSocketClosed Broken(const Error& error, std::size_t max_message_bytes) {
  WebSocketClosed closed;
  if (error == websocket::error::message_too_big) {
    closed.code = kWebSocketTooBig;
    closed.status = Status::ResourceExhausted("a message is larger than {} bytes", max_message_bytes);
  } else if (error == websocket::error::bad_frame_payload) {
    closed.code = kWebSocketBadPayload;
    closed.status = Status::Malformed("a text message is no UTF-8");
  } else if (error == websocket::condition::protocol_violation) {
    closed.code = kWebSocketProtocolError;
    closed.status = Status::Malformed("the peer broke the WebSocket protocol: {}", error.message());
  } else {
    closed.status = Status::Unavailable("the link broke: {}", error.message());
  }
  return closed;
}

}  // namespace

const HttpResponse WebSocketLink::kNoAnswer = {.status = 0, .headers = {}, .body = {}};

WebSocketLink::WebSocketLink(EventLoop& loop, WebSocketOptions options)
    : loop_(loop),
      options_(std::move(options)),
      open_timer_(loop,
                  [this] {
                    Failed(Status::DeadlineExceeded("no connection within {} ms",
                                                    std::int64_t{options_.connect_timeout.count()}));
                  }),
      stall_timer_(loop, [this] { OnStalled(); }),
      silence_timer_(loop, [this] { CheckSilence(); }),
      message_timer_(loop, [this] { CheckMessage(); }),
      close_timer_(loop, [this] { OnCloseTimeout(); }) {}

void WebSocketLink::UseTransport(std::unique_ptr<Transport> transport) {
  transport_ = std::move(transport);
  stream_.emplace(loop_.asio().io.get_executor(), *transport_, *this);
  // Its limits run on the machine's clock: ours are below.
  websocket::stream_base::timeout none{};
  none.handshake_timeout = none.idle_timeout = websocket::stream_base::none();
  none.keep_alive_pings = false;
  stream_->set_option(none);
  stream_->auto_fragment(false);
  stream_->read_message_max(options_.max_message_bytes);
}

void WebSocketLink::Start(WebSocketHandler handler) {
  if (state_ != State::kNew) return;
  handler_ = std::move(handler);
  state_ = State::kOpening;
  if (options_.connect_timeout.count() > 0) open_timer_.Arm(options_.connect_timeout);
  Open();
}

void WebSocketLink::Opened(const HttpResponse& upgrade) {
  if (state_ != State::kOpening) return;
  open_timer_.Disarm();
  state_ = State::kOpen;
  last_heard_ = loop_.now();
  if (options_.ping_interval.count() > 0) silence_timer_.Arm(options_.ping_interval);
  if (handler_.on_open) handler_.on_open(upgrade);
  if (ended()) return;
  Read();
  Write();
}

// ---------------------------------------------------------------- in

void WebSocketLink::Read() {
  reading_ = true;
  stream_->async_read(incoming_,
                      [self = shared_from_this()](const Error& error, std::size_t) { self->OnRead(error); });
}

void WebSocketLink::OnRead(const Error& error) {
  if (ended()) return;
  if (error) return OnReadFailed(error);
  reading_ = false;
  if (state_ == State::kOpen && handler_.on_message) {
    const auto bytes = incoming_.cdata();
    handler_.on_message(stream_->got_text() ? WebSocketKind::kText : WebSocketKind::kBinary,
                        {static_cast<const char*>(bytes.data()), bytes.size()});
    if (ended()) return;
  }
  incoming_.consume(incoming_.size());
  if (incoming_.capacity() > kKeptBuffer) incoming_.shrink_to_fit();
  Read();
}

void WebSocketLink::OnReadFailed(const Error& error) {
  reading_ = false;
  const bool answered = error == websocket::error::closed;
  if (close_sent_ && answered) return End(std::move(*our_close_));
  if (closing_) return;  // it took over the reading, and tells the end
  End(answered ? ClosedByPeer(stream_->reason()) : Broken(error, options_.max_message_bytes));
}

// One timer for many reads: it looks when it is time.
void WebSocketLink::OnBytesRead() {
  last_heard_ = loop_.now();
  if (options_.message_stall_timeout.count() > 0 && !message_timer_.armed() && state_ == State::kOpen) {
    message_timer_.Arm(options_.message_stall_timeout);
  }
}

void WebSocketLink::CheckMessage() {
  if (!message_under_way()) return;
  const Nanos left = Nanos(options_.message_stall_timeout) - (loop_.now() - last_heard_);
  if (left > Nanos(0)) return message_timer_.Arm(left);
  Failed(Status::DeadlineExceeded("the peer stopped in the middle of a message for {} ms",
                                  std::int64_t{options_.message_stall_timeout.count()}));
}

// ---------------------------------------------------------------- out

Status WebSocketLink::Send(WebSocketKind kind, std::string message) {
  if (state_ >= State::kClosing) return Status::FailedPrecondition("the WebSocket is closed");
  const bool full =
      buffered_bytes_ + message.size() > options_.max_send_bytes || waiting_.size() >= kMaxWaitingMessages;
  if (full && !waiting_.empty()) {
    return Status::ResourceExhausted("{} bytes wait for a slow peer; {} more are not taken", buffered_bytes_,
                                     message.size());
  }
  buffered_bytes_ += message.size();
  waiting_.push_back({kind, std::move(message)});
  if (state_ == State::kOpen) Write();
  return OkStatus();
}

void WebSocketLink::Write() {
  if (writing_) return;
  if (waiting_.empty()) return SendClose();
  writing_ = true;
  const Message& message = waiting_.front();
  stream_->binary(message.kind == WebSocketKind::kBinary);
  stream_->async_write(boost::asio::buffer(message.bytes),
                       [self = shared_from_this()](const Error& error, std::size_t) {
                         self->writing_ = false;
                         // The read that is always pending tells why.
                         if (error || self->ended()) return;
                         self->buffered_bytes_ -= self->waiting_.front().bytes.size();
                         self->waiting_.pop_front();
                         self->Write();
                       });
}

// Before a write, and in its middle when the peer takes its time.
void WebSocketLink::OnWriteBegun() {
  if (options_.stall_timeout.count() > 0 && !ended()) stall_timer_.Arm(options_.stall_timeout);
}

void WebSocketLink::OnStalled() {
  Failed(Status::DeadlineExceeded("the peer took nothing for {} ms",
                                  std::int64_t{options_.stall_timeout.count()}));
}

// ---------------------------------------------------------------- life

void WebSocketLink::CheckSilence() {
  const Nanos silence = loop_.now() - last_heard_;
  if (pong_expected_ && last_heard_ < pinged_at_) {
    return Failed(Status::DeadlineExceeded("no answer to a ping within {} ms",
                                           std::int64_t{options_.pong_timeout.count()}));
  }
  pong_expected_ = false;
  if (silence < options_.ping_interval || pinging_) {
    return silence_timer_.Arm(std::max(Nanos(options_.ping_interval) - silence, Nanos(1'000'000)));
  }
  pinging_ = pong_expected_ = true;
  pinged_at_ = loop_.now();
  silence_timer_.Arm(options_.pong_timeout);
  stream_->async_ping({}, [self = shared_from_this()](const Error&) { self->pinging_ = false; });
}

void WebSocketLink::Close(std::uint16_t code, std::string reason) {
  if (state_ >= State::kClosing) return;
  our_close_.emplace();
  our_close_->code = code;
  our_close_->reason = CutUtf8(std::move(reason), kMaxReason);
  if (state_ == State::kOpen) {
    state_ = State::kClosing;
    return Write();
  }
  // There is nobody to say it to.
  loop_.Defer([self = shared_from_this()] { self->Failed(Status::Cancelled("closed before it was open")); });
}

void WebSocketLink::SendClose() {
  if (state_ != State::kClosing || std::exchange(close_sent_, true)) return;
  close_timer_.Arm(options_.close_timeout);
  websocket::close_reason reason(our_close_->code);
  reason.reason = our_close_->reason;
  closing_ = true;
  stream_->async_close(reason, [self = shared_from_this()](const Error& error) {
    self->closing_ = false;
    if (!error) return self->End(std::move(*self->our_close_));
    if (!self->reading_) self->End(Broken(error, self->options_.max_message_bytes));
  });
}

void WebSocketLink::OnTeardown(UniqueFunction<void()> done) {
  torn_down_ = std::move(done);
  if (!close_timer_.armed()) close_timer_.Arm(options_.close_timeout);
  transport_->ShutdownSend();
  Drain();
}

// Closing with bytes unread makes a reset, which may overtake our close.
void WebSocketLink::Drain() {
  transport_->Read(boost::asio::buffer(drained_),
                   [self = shared_from_this()](const Error& error, std::size_t) {
                     if (!error) return self->Drain();
                     if (auto done = std::exchange(self->torn_down_, nullptr)) done();
                   });
}

void WebSocketLink::OnCloseTimeout() {
  // Closing the link ends the draining, and with it the read that tells why it ended.
  if (torn_down_) return transport_->Close();
  WebSocketClosed closed = std::move(*our_close_);
  closed.status = Status::DeadlineExceeded("the peer did not answer our close within {} ms",
                                           std::int64_t{options_.close_timeout.count()});
  End(std::move(closed));
}

void WebSocketLink::Failed(Status status, HttpResponse refusal) {
  WebSocketClosed closed;
  closed.status = std::move(status);
  closed.refusal = std::move(refusal);
  End(std::move(closed));
}

void WebSocketLink::End(WebSocketClosed closed) {
  if (ended()) return;
  const auto self = shared_from_this();
  closed.opened = state_ >= State::kOpen;
  Abort();
  if (handler_.on_closed) handler_.on_closed(closed);
}

// The handler stays: this may be called by it.
void WebSocketLink::Abort() {
  const auto self = shared_from_this();
  state_ = State::kEnded;
  for (Timer* timer : {&open_timer_, &stall_timer_, &silence_timer_, &message_timer_, &close_timer_})
    timer->Disarm();
  torn_down_ = nullptr;
  if (transport_) transport_->Close();
}

// ---------------------------------------------------------------- the user's handle

namespace {

class LinkHandle final : public WebSocket {
 public:
  explicit LinkHandle(std::shared_ptr<WebSocketLink> link) : link_(std::move(link)) {}
  ~LinkHandle() override { link_->Abort(); }

  void Start(WebSocketHandler handler) override { link_->Start(std::move(handler)); }
  Status Send(WebSocketKind kind, std::string message) override {
    return link_->Send(kind, std::move(message));
  }
  std::size_t buffered_bytes() const override { return link_->buffered_bytes(); }
  void Close(std::uint16_t code, std::string reason) override { link_->Close(code, std::move(reason)); }
  void Abort() override { link_->Abort(); }
  bool open() const override { return link_->open(); }
  bool message_under_way() const override { return link_->message_under_way(); }

 private:
  const std::shared_ptr<WebSocketLink> link_;  // shared with its pending operations
};

}  // namespace

std::unique_ptr<WebSocket> MakeWebSocket(std::shared_ptr<WebSocketLink> link) {
  return std::make_unique<LinkHandle>(std::move(link));
}

}  // namespace repartee
