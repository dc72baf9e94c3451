// One connection of the HTTP server, and what all connections share. Internal to net/.
//
// A connection handles one request after the other: idle, reading, handling,
// writing or streaming, idle again. Its own deadline means something else in each.
//
// Thread: the connection's strand, except where "any thread" is said.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "repartee/base/unique_function.h"
#include "repartee/net/http_server.h"
#include "repartee/net/request_parser.h"
#include "repartee/net/stream_buffer.h"
#include "repartee/net/websocket_handshake.h"

namespace repartee {

using ServerStrand = boost::asio::strand<boost::asio::io_context::executor_type>;
using ServerSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, ServerStrand>;

// Shared by the server and its connections, which a handler may keep beyond it.
struct HttpServerCore {
  HttpServerCore(HttpServerOptions server_options, HttpHandler server_handler)
      : options(std::move(server_options)), handler(std::move(server_handler)) {}

  // Any thread. Nothing runs after the threads are gone, so nothing is queued then:
  // a queued function would keep its connection, and that this core, for ever.
  template <class Function>
  void Post(const ServerStrand& strand, Function function) {
    const std::lock_guard lock(mutex);
    if (!stopped) boost::asio::post(strand, std::move(function));
  }

  const HttpServerOptions options;
  const HttpHandler handler;
  boost::asio::io_context io;
  int port = 0;
  std::atomic<bool> stopping{false};

  std::mutex mutex;
  std::condition_variable connection_left;
  std::set<std::shared_ptr<HttpResponder::Connection>> connections;  // guarded by mutex
  int refused = 0;                                                   // guarded by mutex
  bool stopped = false;                                              // guarded by mutex
};

class HttpResponder::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<HttpServerCore> core, ServerSocket socket);

  void Start();
  // Says 503 and goes.
  void Refuse();
  // No request after the one in hand.
  void FinishUp();
  void Close();
  const ServerStrand& strand() const { return strand_; }

  // Any thread.
  void Answer(HttpResponse response);
  std::shared_ptr<HttpStream> AnswerStream(int status, HttpHeaders headers);
  // Gives away the socket and the upgrade that came by it; no socket if the peer is gone. The
  // server forgets the connection; nothing is called when the server has stopped.
  using TakeOver = UniqueFunction<void(HttpRequest upgrade, SocketHolder socket)>;
  void HandOver(TakeOver take);

 private:
  enum class Phase : unsigned char {
    kIdle,
    kReading,
    kHandling,
    kWriting,
    kStreaming,
    kLingering,
    kClosed
  };
  class StreamHandle;

  void Next();
  void Read();
  void OnRead(const boost::system::error_code& error, std::size_t bytes);
  std::size_t Parse(std::string_view bytes);
  void AfterParse();
  void NoteParseError(const boost::system::error_code& error);
  void NoteFailure(int status, std::string text);
  void CheckHeader();
  void SayContinue();
  void Handle();
  void HandleUpgrade(HttpRequest request);

  // Answers without the handler, then closes.
  void Fail();
  void Respond(HttpResponse response);
  std::string Head(int status, const HttpHeaders& headers, std::string_view framing) const;
  void Write();
  void OnWritten(const boost::system::error_code& error);
  void FinishRequest();
  void Linger();

  void StartStream(int status, const HttpHeaders& headers, std::shared_ptr<StreamBuffer> stream);
  void Flush();

  void Arm(std::chrono::milliseconds after);
  void BeginRequest();
  // For bytes of the request that have just come.
  void GrantTime(std::size_t bytes);
  void Disarm() { deadline_ = std::chrono::steady_clock::time_point::max(); }
  void Wait();
  void OnDeadline();

  const std::shared_ptr<HttpServerCore> core_;
  const ServerStrand strand_;
  ServerSocket socket_;
  std::string remote_address_;
  bool from_loopback_ = false;
  bool refused_ = false;

  Phase phase_ = Phase::kIdle;
  std::optional<RequestParser> parser_;  // anew for each request
  std::optional<HttpRequest> upgrade_;   // in the hands of on_websocket
  int failure_status_ = 0;               // what ended the parsing, 0 if nothing
  std::string failure_text_;
  bool header_checked_ = false;
  bool expects_continue_ = false;
  bool head_only_ = false;
  bool close_after_ = false;   // no further request on this connection
  bool linger_after_ = false;  // the peer may still be sending what nobody reads

  std::vector<char> read_buffer_;
  bool read_pending_ = false;
  std::string unparsed_;  // arrived and not taken yet: pipelined, or half a header
  std::size_t discarded_ = 0;

  std::string out_head_;
  std::string out_body_;
  bool write_pending_ = false;
  std::shared_ptr<StreamBuffer> stream_;  // shared with the handler's handle

  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, ServerStrand>
      timer_;
  bool wait_pending_ = false;
  std::chrono::steady_clock::time_point request_since_;  // when its first byte came
  std::size_t request_bytes_ = 0;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace repartee
