#include "tests/scenario/vendor_server.h"

#include <openssl/sha.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <deque>
#include <optional>

#include "repartee/base/encoding.h"
#include "repartee/base/event_loop_asio.h"
#include "repartee/net/http.h"

namespace repartee::scenario {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kMaxBytes = 64u << 20;
constexpr std::string_view kEndOfHead = "\r\n\r\n";
enum Opcode : unsigned char {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10
};

// The value of a header field, or empty.
std::string_view Field(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !EqualsIgnoringCase(line.substr(0, colon), name)) continue;
    const std::size_t from = line.find_first_not_of(' ', colon + 1);
    return from == std::string_view::npos ? std::string_view() : line.substr(from);
  }
  return {};
}

std::string AcceptKey(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 1.3
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return Base64Encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string MakeFrame(Opcode opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  const std::size_t size = payload.size();
  const auto put = [&frame, size](int bytes) {
    for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(size >> (8 * i));
  };
  if (size < 126) {
    put(1);
  } else if (size < 65536) {
    frame += static_cast<char>(126);
    put(2);
  } else {
    frame += static_cast<char>(127);
    put(8);
  }
  return frame.append(payload);
}

struct WebSocketFrame {
  bool last = false;
  unsigned char opcode = 0;
  std::string payload;
};

// Takes one frame off the front of `bytes`; nothing while it is not complete.
std::optional<WebSocketFrame> TakeFrame(std::string& bytes) {
  const auto at = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 2) return std::nullopt;
  std::size_t head = 2;
  std::uint64_t size = at(1) & 0x7fu;
  const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (bytes.size() < head + length_bytes + 4) return std::nullopt;
  if (length_bytes > 0) size = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | at(head + i);
  head += length_bytes;
  if (size > kMaxBytes || bytes.size() < head + 4 + size) return std::nullopt;
  WebSocketFrame frame{(at(0) & 0x80u) != 0, static_cast<unsigned char>(at(0) & 0x0fu),
                       bytes.substr(head + 4, size)};
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^ at(head + i % 4));
  }
  bytes.erase(0, head + 4 + size);
  return frame;
}

}  // namespace

class VendorServer::Connection final : public VendorSocket,
                                       public std::enable_shared_from_this<VendorServer::Connection> {
 public:
  explicit Connection(Tcp::socket socket) : socket_(std::move(socket)) {
    ErrorCode ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
  }

  void Start(const MakeSession& make_session) {
    session_ = make_session(*this);
    Read();
  }
  void End() {
    ErrorCode ignored;
    socket_.close(ignored);
    session_.reset();
  }

  void SendHttp(std::string_view bytes) override { Write(std::string(bytes)); }
  void SendText(std::string_view text) override { Write(MakeFrame(kText, text)); }
  void CloseWebSocket() override {
    Write(MakeFrame(kClose, "\x03\xe8"));  // 1000
    closing_ = true;
  }

 private:
  void Read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](ErrorCode error, std::size_t n) {
                              if (error) return self->End();
                              self->received_.append(self->buffer_.data(), n);
                              while (self->session_ && self->TakeOne()) {
                              }
                              if (!self->session_ || self->received_.size() > kMaxBytes) return self->End();
                              self->Read();
                            });
  }

  bool TakeOne() { return upgraded_ ? TakeMessage() : TakeRequest(); }

  bool TakeRequest() {
    const std::size_t end = received_.find(kEndOfHead);
    if (end == std::string::npos) return false;
    const std::string_view head = std::string_view(received_).substr(0, end + 2);
    const std::string_view length = Field(head, "content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    const std::size_t body = end + kEndOfHead.size();
    if (size > kMaxBytes || received_.size() < body + size) return false;
    const std::size_t from = head.find(' ') + 1;
    const std::string target(head.substr(from, head.find(' ', from) - from));
    const std::string key(Field(head, "sec-websocket-key"));
    const std::string content = received_.substr(body, size);
    received_.erase(0, body + size);
    if (!key.empty()) {
      upgraded_ = true;
      Write(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: " +
          AcceptKey(key) + "\r\n\r\n");
    }
    session_->OnRequest(target, content);
    return true;
  }

  bool TakeMessage() {
    std::optional<WebSocketFrame> frame = TakeFrame(received_);
    if (!frame) return false;
    switch (frame->opcode) {
      case kPing: Write(MakeFrame(kPong, frame->payload)); return true;
      case kPong: return true;
      case kClose:
        if (!closing_) Write(MakeFrame(kClose, frame->payload));
        session_.reset();
        return false;
      default: break;
    }
    message_ += frame->payload;
    if (!frame->last) return true;
    const std::string message = std::exchange(message_, {});
    session_->OnText(message);
    return true;
  }

  void Write(std::string bytes) {
    if (!socket_.is_open()) return;
    queue_.push_back(std::move(bytes));
    if (queue_.size() == 1) WriteNext();
  }
  void WriteNext() {
    asio::async_write(socket_, asio::buffer(queue_.front()),
                      [self = shared_from_this()](ErrorCode error, std::size_t) {
                        if (error) return self->End();
                        self->queue_.pop_front();
                        if (!self->queue_.empty()) self->WriteNext();
                      });
  }

  Tcp::socket socket_;
  std::unique_ptr<VendorSession> session_;  // null: over
  std::array<char, 65536> buffer_;
  std::string received_;
  std::string message_;  // the fragments so far
  std::deque<std::string> queue_;
  bool upgraded_ = false;
  bool closing_ = false;
};

class VendorServer::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(EventLoop& loop, MakeSession make_session)
      : acceptor_(loop.asio().io, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        make_session_(std::move(make_session)) {}

  int port() const { return acceptor_.local_endpoint().port(); }
  void Accept() {
    acceptor_.async_accept([self = shared_from_this()](ErrorCode error, Tcp::socket socket) {
      if (error) return;
      auto connection = std::make_shared<Connection>(std::move(socket));
      self->connections_.push_back(connection);
      connection->Start(self->make_session_);
      self->Accept();
    });
  }
  void Close() {
    ErrorCode ignored;
    acceptor_.close(ignored);
    for (const auto& weak : connections_) {
      if (const auto connection = weak.lock()) connection->End();
    }
  }

 private:
  Tcp::acceptor acceptor_;
  const MakeSession make_session_;
  std::vector<std::weak_ptr<Connection>> connections_;
};

VendorServer::VendorServer(EventLoop& loop, MakeSession make_session)
    : impl_(std::make_shared<Impl>(loop, std::move(make_session))) {
  impl_->Accept();
}

VendorServer::~VendorServer() { impl_->Close(); }

int VendorServer::port() const { return impl_->port(); }

}  // namespace repartee::scenario
