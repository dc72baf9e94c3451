// Transport: one TCP connection to a server, plain or under TLS. The stream's type is
// settled here once, so that nothing above is compiled for both.
//
// A handler passed in must keep the transport's owner alive; after Close it is still
// called, later, with an error. Buffers must live until then. Internal to net/.
// Thread: the loop's.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/net/http.h"
#include "repartee/net/proxy.h"

namespace repartee {

using TlsContext = boost::asio::ssl::context;

// Whom to trust and who we are: PEM files, each may be empty (the system's; nobody).
struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

// For clients: the server's certificate and name are checked. InvalidArgument naming
// a file that cannot be used. Connections made at one time with the same files share
// one context, since to read the system's certificates takes long. Any thread.
Result<std::shared_ptr<TlsContext>> MakeTlsClientContext(const TlsFiles& files);

class Transport {
 public:
  using Connected = UniqueFunction<void(Status)>;
  using Moved = UniqueFunction<void(const boost::system::error_code&, std::size_t)>;

  // Without `tls` the connection is plain.
  Transport(EventLoop& loop, std::shared_ptr<TlsContext> tls);
  // A connected TCP socket that is in nobody else's hands; closed by the destructor.
  Transport(EventLoop& loop, int native_socket, bool ipv6);

  // Name look-up, TCP (each address in turn), TLS; with TLS by the environment's proxy, if there is
  // one (proxy.h). Unavailable with the reason, InvalidArgument for a proxy that cannot be.
  void Connect(const std::string& host, int port, Connected done);
  // One read of what is there; one at a time.
  void Read(boost::asio::mutable_buffer buffer, Moved done);
  // All of it; one at a time.
  void Write(boost::asio::const_buffer buffer, Moved done);
  // As much of it as goes; one at a time.
  void WriteSome(boost::asio::const_buffer buffer, Moved done);
  // The peer sees an end; reading goes on.
  void ShutdownSend();
  void Close();
  // Connecting has not come further than the host's name.
  bool looking_up() const { return lookup_.has_value(); }

 private:
  using Tcp = boost::asio::ip::tcp;

  void Reach(const std::string& host, int port, Connected done);
  void ConnectTo(std::vector<Tcp::endpoint> endpoints, Connected done);
  void AskProxy(const Proxy& proxy, const std::string& host, int port, Connected done);
  void ReadProxy(Connected done);
  void Handshake(const std::string& host, Connected done);

  const std::shared_ptr<TlsContext> tls_context_;  // shared by the connections of a client
  boost::asio::io_context& io_;
  std::optional<std::uint64_t> lookup_;  // of the name; its number
  Tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls_;
  std::vector<Tcp::endpoint> endpoints_;
  std::string proxy_request_;
  std::string proxy_answer_;
  bool closed_ = false;
};

}  // namespace repartee
