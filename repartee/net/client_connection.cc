#include "repartee/net/client_connection.h"

#include <boost/beast/http/error.hpp>

namespace repartee {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using ParseError = boost::beast::http::error;

constexpr std::size_t kMaxHeaderBytes = 64 << 10;

}  // namespace

ClientConnection::ClientConnection(EventLoop& loop, std::shared_ptr<TlsContext> tls)
    : transport_(loop, std::move(tls)), idle_timer_(loop, [this] { IdleOver(); }) {}

void ClientConnection::Connect(const Url& url, std::weak_ptr<User> user) {
  user_ = std::move(user);
  transport_.Connect(url.host, url.port, [self = shared_from_this()](Status status) {
    if (self->closed_) return;
    if (const auto listener = self->user_.lock()) listener->OnConnected(std::move(status));
  });
}

void ClientConnection::Send(std::shared_ptr<const std::string> bytes, bool head_only,
                            std::weak_ptr<User> user) {
  idle_timer_.Disarm();
  on_gone_ = nullptr;
  user_ = std::move(user);
  waiting_ = true;
  reusable_ = false;
  touched_ = false;
  head_only_ = head_only;
  BeginAnswer();
  write_pending_ = true;
  // A failed write is not the end: the server may have answered before it closed.
  // The pending read tells.
  const asio::const_buffer buffer = asio::buffer(*bytes);
  transport_.Write(
      buffer, [self = shared_from_this(), bytes = std::move(bytes)](const ErrorCode& error, std::size_t) {
        if (!error) self->write_pending_ = false;
      });
  Read();
}

void ClientConnection::WaitIdle(Nanos time, UniqueFunction<void()> on_gone) {
  on_gone_ = std::move(on_gone);
  idle_timer_.Arm(time);
  Read();
}

void ClientConnection::IdleOver() {
  const auto self = shared_from_this();
  auto on_gone = std::move(on_gone_);
  Close();
  if (on_gone) on_gone();
}

void ClientConnection::Close() {
  closed_ = true;
  waiting_ = false;
  reusable_ = false;
  user_.reset();
  on_gone_ = nullptr;
  idle_timer_.Disarm();
  transport_.Close();
}

void ClientConnection::Read() {
  if (std::exchange(read_pending_, true)) return;
  transport_.Read(asio::buffer(read_buffer_),
                  [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
                    self->read_pending_ = false;
                    self->OnRead(error, bytes);
                  });
}

void ClientConnection::OnRead(const ErrorCode& error, std::size_t bytes) {
  if (closed_) return;
  // Bytes that nobody asked for end an idle connection as surely as its close.
  if (!waiting_) return IdleOver();
  if (error) return OnReadError(error);
  touched_ = true;
  const std::string_view fresh(read_buffer_.data(), bytes);
  if (unparsed_.empty()) {
    unparsed_ = fresh.substr(Parse(fresh));
  } else {
    unparsed_ += fresh;
    unparsed_.erase(0, Parse(unparsed_));
  }
  if (closed_) return;
  if (!parse_error_.ok()) return End(std::move(parse_error_));
  if (parser_->is_done()) return End(OkStatus());
  Read();
}

void ClientConnection::BeginAnswer() {
  parser_.emplace([this](std::string_view bytes) {
    if (const auto user = user_.lock(); user && !bytes.empty()) user->OnBody(bytes);
  });
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(boost::none);  // whoever collects the body bounds it
  parser_->skip(head_only_);
  head_delivered_ = false;
}

std::size_t ClientConnection::Parse(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !parser_->is_done() && !closed_) {
    ErrorCode error;
    used += parser_->put(asio::buffer(bytes.substr(used)), error);
    if (error == ParseError::need_more && bytes.size() - used <= kMaxHeaderBytes) break;
    if (error) {
      parse_error_ = Status::Malformed("the answer is no HTTP/1.1: {}", error.message());
      break;
    }
    if (!parser_->is_header_done() || head_delivered_ || closed_) continue;
    if (parser_->head.status < 200 && parser_->head.status != 101) {
      BeginAnswer();  // "103 Early Hints" and the like: the answer is still to come
      continue;
    }
    head_delivered_ = true;
    if (const auto user = user_.lock()) user->OnHead(std::move(parser_->head));
  }
  return used;
}

void ClientConnection::OnReadError(const ErrorCode& error) {
  if (!touched_)
    return End(Status::Unavailable("the connection closed before an answer: {}", error.message()));
  ErrorCode incomplete = ParseError::partial_message;
  // Only a proper end may end a body without length: anything else may have cut it.
  if (error == asio::error::eof && parser_->got_some()) parser_->put_eof(incomplete);
  if (!incomplete) return End(OkStatus());
  End(Status::Unavailable("the connection closed in the middle of the answer: {}", error.message()));
}

void ClientConnection::End(Status status) {
  const auto user = user_.lock();
  const bool keeps =
      status.ok() && parser_->is_done() && parser_->keep_alive() && unparsed_.empty() && !write_pending_;
  const bool untouched = !touched_;
  if (keeps) {
    user_.reset();
    waiting_ = false;
    reusable_ = true;
  } else {
    Close();
  }
  if (user) user->OnEnd(std::move(status), untouched);
}

}  // namespace repartee
