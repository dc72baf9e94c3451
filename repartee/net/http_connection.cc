#include "repartee/net/http_connection.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include "repartee/base/encoding.h"
#include "repartee/net/response_head.h"
#include "repartee/net/websocket.h"

namespace repartee {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using ParseError = boost::beast::http::error;

constexpr std::size_t kReadSize = 64 << 10;      // smaller reads cost a large body several times the time
constexpr std::size_t kWriteSize = 1 << 20;      // between two looks at the clock
constexpr std::size_t kMaxDiscarded = 64 << 20;  // of a body that nobody wants
constexpr std::chrono::milliseconds kLingerTime{2000};

asio::ip::address Unmapped(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

// Path and query of the target as received; false if it is neither a path, nor a
// whole URL, nor "*".
bool SplitTarget(HttpRequest& request) {
  std::string_view target = request.target;
  if (!target.starts_with('/') && target != "*") {
    const std::size_t authority = target.find("://");
    if (authority == std::string_view::npos) return false;
    target.remove_prefix(std::min(target.find_first_of("/?", authority + 3), target.size()));
  }
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  request.path = path.empty() ? "/" : PercentDecode(path);
  request.query = question == std::string_view::npos ? "" : target.substr(question + 1);
  return true;
}

}  // namespace

// ---------------------------------------------------------------- streams

class HttpResponder::Connection::StreamHandle final : public HttpStream {
 public:
  StreamHandle(std::shared_ptr<Connection> connection, std::shared_ptr<StreamBuffer> buffer)
      : connection_(std::move(connection)), buffer_(std::move(buffer)) {}
  ~StreamHandle() override { StreamHandle::Close(); }

  bool Write(std::string_view bytes) override {
    switch (buffer_->Add(bytes)) {
      case StreamBuffer::Added::kWaits: return true;
      case StreamBuffer::Added::kTell: Post(&Connection::Flush); return true;
      case StreamBuffer::Added::kClosed: return false;
      case StreamBuffer::Added::kOverflow: Post(&Connection::Close); return false;
    }
    return false;
  }

  bool open() const override { return buffer_->open(); }

  void Close() override {
    if (buffer_->End()) Post(&Connection::Flush);
  }

 private:
  void Post(void (Connection::*function)()) {
    connection_->core_->Post(connection_->strand_,
                             [connection = connection_, function] { (connection.get()->*function)(); });
  }

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<StreamBuffer> buffer_;
};

// ---------------------------------------------------------------- life

HttpResponder::Connection::Connection(std::shared_ptr<HttpServerCore> core, ServerSocket socket)
    : core_(std::move(core)),
      strand_(socket.get_executor()),
      socket_(std::move(socket)),
      parser_(std::in_place),
      read_buffer_(kReadSize),
      timer_(strand_) {
  ErrorCode ignored;
  const auto address = Unmapped(socket_.remote_endpoint(ignored).address());
  remote_address_ = address.to_string();
  from_loopback_ = address.is_loopback();
}

void HttpResponder::Connection::Start() { core_->stopping ? Close() : Next(); }

void HttpResponder::Connection::Refuse() {
  refused_ = true;
  NoteFailure(503, fmt::format("the server has its limit of {} connections; try again later",
                               core_->options.max_connections));
  Fail();
}

void HttpResponder::Connection::FinishUp() {
  close_after_ = true;
  if (phase_ == Phase::kIdle || phase_ == Phase::kLingering) return Close();
  if (phase_ != Phase::kStreaming) return;
  stream_->Cut();
  Flush();
}

void HttpResponder::Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  ErrorCode ignored;
  socket_.close(ignored);
  timer_.cancel();
  if (stream_) stream_->Drop();
  stream_.reset();

  const std::lock_guard lock(core_->mutex);
  if (refused_) --core_->refused;
  core_->connections.erase(shared_from_this());
  core_->connection_left.notify_all();
}

// ---------------------------------------------------------------- a request comes in

void HttpResponder::Connection::Next() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(core_->options.max_header_bytes));
  parser_->body_limit(boost::none);  // known only after the header
  header_checked_ = false;
  expects_continue_ = false;
  head_only_ = false;
  if (unparsed_.empty()) {
    phase_ = Phase::kIdle;
    Arm(core_->options.idle_timeout);
    return Read();
  }
  BeginRequest();
  unparsed_.erase(0, Parse(unparsed_));
  AfterParse();
}

void HttpResponder::Connection::Read() {
  if (std::exchange(read_pending_, true)) return;
  socket_.async_read_some(asio::buffer(read_buffer_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
                            self->read_pending_ = false;
                            self->OnRead(error, bytes);
                          });
}

void HttpResponder::Connection::OnRead(const ErrorCode& error, std::size_t bytes) {
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();
  const std::string_view fresh(read_buffer_.data(), bytes);
  switch (phase_) {
    case Phase::kIdle: BeginRequest(); [[fallthrough]];
    case Phase::kReading:
      GrantTime(bytes);
      if (unparsed_.empty()) {
        unparsed_ = fresh.substr(Parse(fresh));
      } else {
        unparsed_ += fresh;
        unparsed_.erase(0, Parse(unparsed_));
      }
      return AfterParse();
    case Phase::kStreaming:  // reads only to learn that the peer left
      unparsed_ += fresh;
      if (unparsed_.size() < kReadSize) Read();
      return;
    case Phase::kLingering: discarded_ += bytes; return discarded_ < kMaxDiscarded ? Read() : Close();
    default: unparsed_ += fresh;
  }
}

// Feeds the parser; returns how many bytes it took.
std::size_t HttpResponder::Connection::Parse(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !parser_->is_done() && failure_status_ == 0) {
    ErrorCode error;
    used += parser_->put(asio::buffer(bytes.substr(used)), error);
    if (error == ParseError::need_more) {
      // The parser bounds the header, not the line of a chunk or the trailers.
      if (bytes.size() - used > core_->options.max_header_bytes) NoteParseError(ParseError::header_limit);
      break;
    }
    if (error) {
      NoteParseError(error);
    } else if (parser_->is_header_done() && !std::exchange(header_checked_, true)) {
      CheckHeader();
    }
  }
  return used;
}

void HttpResponder::Connection::AfterParse() {
  if (failure_status_ != 0) return Fail();
  if (parser_->is_done()) return Handle();
  if (std::exchange(expects_continue_, false) && unparsed_.empty()) return SayContinue();
  const HttpRequest& request = parser_->request;
  if (core_->options.on_body && !request.body.empty())
    core_->options.on_body(request.method, request.path, request.body.size());
  Read();
}

void HttpResponder::Connection::NoteParseError(const ErrorCode& error) {
  if (error == ParseError::header_limit) {
    return NoteFailure(
        431, fmt::format("the request's header is larger than {} bytes", core_->options.max_header_bytes));
  }
  if (error == ParseError::body_limit)
    return NoteFailure(413, "the request's body is larger than is taken here");
  NoteFailure(400, fmt::format("this is no HTTP/1.1 request: {}", error.message()));
}

void HttpResponder::Connection::NoteFailure(int status, std::string text) {
  failure_status_ = status;
  failure_text_ = std::move(text);
}

void HttpResponder::Connection::CheckHeader() {
  HttpRequest& request = parser_->request;
  if (!SplitTarget(request)) return NoteFailure(400, "the request's target is neither a path nor a URL");
  if (parser_->host_fields > 1 || (parser_->host_fields == 0 && parser_->version == 11)) {
    return NoteFailure(400, "a request has one Host field");
  }
  if (parser_->other_coding) return NoteFailure(501, "the only Transfer-Encoding taken is chunked");

  const auto& options = core_->options;
  const std::size_t limit =
      options.body_limit ? options.body_limit(request.method, request.path) : options.max_body_bytes;
  const auto length = parser_->content_length();
  if (length && *length > limit) {
    return NoteFailure(413,
                       fmt::format("the request's body has {} bytes; {} are taken here", *length, limit));
  }
  parser_->body_limit(limit);  // for a body in chunks, whose length is not known before

  const std::string_view expect = request.headers.Get("Expect");
  expects_continue_ = EqualsIgnoringCase(expect, "100-continue");
  if (!expect.empty() && !expects_continue_) NoteFailure(417, "the only Expect taken is 100-continue");
}

void HttpResponder::Connection::SayContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  write_pending_ = true;
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                      self->write_pending_ = false;
                      if (self->phase_ == Phase::kReading) return error ? self->Close() : self->Read();
                      if (self->phase_ == Phase::kWriting) self->Write();  // the time ran out meanwhile
                    });
}

void HttpResponder::Connection::Handle() {
  phase_ = Phase::kHandling;
  Disarm();
  head_only_ = parser_->request.method == "HEAD";
  close_after_ = close_after_ || core_->stopping || !parser_->keep_alive();
  HttpRequest request = std::move(parser_->request);
  request.remote_address = remote_address_;
  request.from_loopback = from_loopback_;
  request.local_port = core_->port;
  if (core_->options.on_websocket && IsWebSocketUpgrade(request)) return HandleUpgrade(std::move(request));
  core_->handler(std::move(request), HttpResponder(shared_from_this()));
}

void HttpResponder::Connection::HandleUpgrade(HttpRequest request) {
  HttpResponse verdict = CheckWebSocketUpgrade(request);
  if (verdict.status != 101) return Respond(std::move(verdict));
  // A client waits for our 101 before it says more.
  if (!unparsed_.empty()) return Respond(HttpResponse::Text(400, "bytes follow the upgrade\n"));
  upgrade_ = request;
  core_->options.on_websocket(std::move(request), WebSocketUpgrade(shared_from_this()));
}

void HttpResponder::Connection::HandOver(TakeOver take) {
  core_->Post(strand_, [self = shared_from_this(), this, take = std::move(take)]() mutable {
    if (phase_ != Phase::kHandling) return take(HttpRequest(), SocketHolder(-1, false));
    ErrorCode ignored;
    const bool ipv6 = socket_.local_endpoint(ignored).address().is_v6();
    SocketHolder socket(socket_.release(ignored), ipv6);
    Close();
    take(*std::move(upgrade_), std::move(socket));
  });
}

// ---------------------------------------------------------------- an answer goes out

void HttpResponder::Connection::Answer(HttpResponse response) {
  if (strand_.running_in_this_thread()) return Respond(std::move(response));
  core_->Post(strand_, [self = shared_from_this(), response = std::move(response)]() mutable {
    self->Respond(std::move(response));
  });
}

void HttpResponder::Connection::Fail() {
  phase_ = Phase::kHandling;
  close_after_ = linger_after_ = true;
  Respond(HttpResponse::Json(failure_status_, fmt::format(R"({{"message":"{}"}})", failure_text_)));
}

void HttpResponder::Connection::Respond(HttpResponse response) {
  if (phase_ != Phase::kHandling) return;
  phase_ = Phase::kWriting;
  const bool bodiless = HasNoHttpBody(response.status);
  const std::string framing =
      bodiless ? std::string() : fmt::format("Content-Length: {}\r\n", response.body.size());
  std::string head = Head(response.status, response.headers, framing);
  if (bodiless || head_only_) response.body = {};
  out_body_ = std::move(response.body);
  out_head_ = std::move(head);
  if (!write_pending_) Write();  // else a "100 Continue" is on its way, and then calls Write
}

std::string HttpResponder::Connection::Head(int status, const HttpHeaders& headers,
                                            std::string_view framing) const {
  std::string own(framing);
  if (close_after_) {
    own += "Connection: close\r\n";
  } else if (parser_->version == 10) {
    own += "Connection: keep-alive\r\n";
  }
  return WriteResponseHead(status, headers, own);
}

void HttpResponder::Connection::Write() {
  write_pending_ = true;
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(out_head_), asio::buffer(out_body_)};
  // Each step forward gives the peer its time anew.
  const auto progress = [this](const ErrorCode& error, std::size_t) -> std::size_t {
    if (error || phase_ == Phase::kClosed) return 0;
    Arm(core_->options.write_timeout);
    return kWriteSize;
  };
  asio::async_write(socket_, buffers, progress,
                    [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                      self->write_pending_ = false;
                      self->OnWritten(error);
                    });
}

void HttpResponder::Connection::OnWritten(const ErrorCode& error) {
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();
  out_head_.clear();
  out_body_ = {};  // an idle connection keeps no large answer
  if (phase_ == Phase::kStreaming) return Flush();
  FinishRequest();
}

void HttpResponder::Connection::FinishRequest() {
  if (!close_after_) return Next();
  // Closing with bytes unread makes a reset that may overtake the answer.
  if (linger_after_ || !unparsed_.empty()) return Linger();
  Close();
}

void HttpResponder::Connection::Linger() {
  phase_ = Phase::kLingering;
  unparsed_ = {};
  ErrorCode ignored;
  socket_.shutdown(ServerSocket::shutdown_send, ignored);
  Arm(kLingerTime);
  Read();
}

std::shared_ptr<HttpStream> HttpResponder::Connection::AnswerStream(int status, HttpHeaders headers) {
  const bool bodiless = head_only_ || HasNoHttpBody(status);
  auto stream = std::make_shared<StreamBuffer>(!bodiless && parser_->version == 11);
  if (bodiless) stream->End();
  core_->Post(strand_, [self = shared_from_this(), status, headers = std::move(headers), stream] {
    self->StartStream(status, headers, stream);
  });
  return std::make_shared<StreamHandle>(shared_from_this(), std::move(stream));
}

void HttpResponder::Connection::StartStream(int status, const HttpHeaders& headers,
                                            std::shared_ptr<StreamBuffer> stream) {
  if (phase_ != Phase::kHandling) return stream->Cut();  // closed meanwhile
  phase_ = Phase::kStreaming;
  // Without chunks only the end of the connection tells the end of the body.
  if (!stream->chunked() && !head_only_ && !HasNoHttpBody(status)) close_after_ = true;
  out_head_ = Head(status, headers, stream->chunked() ? "Transfer-Encoding: chunked\r\n" : "");
  stream_ = std::move(stream);
  Read();
  Write();
  if (core_->stopping) FinishUp();
}

void HttpResponder::Connection::Flush() {
  if (phase_ != Phase::kStreaming || write_pending_) return;
  switch (stream_->Take(out_body_)) {
    case StreamBuffer::Taken::kBytes: return Write();
    case StreamBuffer::Taken::kNothingYet: return Disarm();
    case StreamBuffer::Taken::kEnded: stream_.reset(); return FinishRequest();
    case StreamBuffer::Taken::kCut: return Close();
  }
}

// ---------------------------------------------------------------- time

// One wait at a time; a later deadline lets it come early and wait again, so that a
// busy connection touches no timer.
void HttpResponder::Connection::Arm(std::chrono::milliseconds after) {
  deadline_ = std::chrono::steady_clock::now() + after;
  if (!wait_pending_ || timer_.expiry() > deadline_) Wait();
}

void HttpResponder::Connection::BeginRequest() {
  phase_ = Phase::kReading;
  request_since_ = std::chrono::steady_clock::now();
  request_bytes_ = 0;
  Arm(core_->options.request_timeout);
}

void HttpResponder::Connection::GrantTime(std::size_t bytes) {
  const HttpServerOptions& options = core_->options;
  request_bytes_ += bytes;
  const std::chrono::milliseconds earned(request_bytes_ * 1'000 / options.min_request_rate);
  const auto most = std::max(options.longest_request, options.request_timeout);
  deadline_ = request_since_ + std::min(options.request_timeout + earned, most);
}

void HttpResponder::Connection::Wait() {
  wait_pending_ = true;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    if (error || self->phase_ == Phase::kClosed) return;
    self->wait_pending_ = false;
    if (std::chrono::steady_clock::now() >= self->deadline_) return self->OnDeadline();
    if (self->deadline_ != std::chrono::steady_clock::time_point::max()) self->Wait();
  });
}

void HttpResponder::Connection::OnDeadline() {
  if (phase_ != Phase::kReading) return Close();
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - request_since_);
  NoteFailure(408, fmt::format("the request did not arrive in time: {} bytes in {} ms", request_bytes_,
                               waited.count()));
  Fail();
}

// ---------------------------------------------------------------- the handler's end

HttpResponder::HttpResponder(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

HttpResponder::~HttpResponder() {
  if (connection_)
    Send(HttpResponse::Json(500, R"({"message":"the request was dropped without an answer"})"));
}

void HttpResponder::Send(HttpResponse response) {
  if (const auto connection = std::exchange(connection_, nullptr)) connection->Answer(std::move(response));
}

std::shared_ptr<HttpStream> HttpResponder::StartStream(int status, HttpHeaders headers) {
  return std::exchange(connection_, nullptr)->AnswerStream(status, std::move(headers));
}

}  // namespace repartee
