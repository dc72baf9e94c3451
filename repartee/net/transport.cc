#include "repartee/net/transport.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <mutex>

#include "repartee/base/event_loop_asio.h"
#include "repartee/net/name_lookup.h"

namespace repartee {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kMaxProxyHead = 16 << 10;

Status UseTlsFiles(TlsContext& context, const TlsFiles& files) {
  ErrorCode error;
  files.ca.empty() ? context.set_default_verify_paths(error) : context.load_verify_file(files.ca, error);
  if (error)
    return Status::InvalidArgument("cannot use the certificates in '{}': {}", files.ca, error.message());
  if (files.certificate.empty()) return OkStatus();
  context.use_certificate_chain_file(files.certificate, error);
  if (error) {
    return Status::InvalidArgument("cannot use the client certificate '{}': {}", files.certificate,
                                   error.message());
  }
  const std::string& key = files.key.empty() ? files.certificate : files.key;
  context.use_private_key_file(key, TlsContext::pem, error);
  if (error) return Status::InvalidArgument("cannot use the client key '{}': {}", key, error.message());
  return OkStatus();
}

bool IsAddress(const std::string& host) {
  ErrorCode error;
  asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> MakeTlsClientContext(const TlsFiles& files) {
  static std::mutex mutex;
  static std::map<std::array<std::string, 3>, std::weak_ptr<TlsContext>> contexts;  // guarded by mutex
  const std::lock_guard lock(mutex);
  std::weak_ptr<TlsContext>& known = contexts[{files.ca, files.certificate, files.key}];
  if (auto context = known.lock()) return context;

  auto context = std::make_shared<TlsContext>(TlsContext::tls_client);
  ErrorCode error;
  context->set_options(TlsContext::default_workarounds | TlsContext::no_tlsv1 | TlsContext::no_tlsv1_1,
                       error);
  context->set_verify_mode(asio::ssl::verify_peer, error);
  if (Status status = UseTlsFiles(*context, files); !status.ok()) return std::move(status).Annotate("TLS");
  known = context;
  return context;
}

Transport::Transport(EventLoop& loop, std::shared_ptr<TlsContext> tls)
    : tls_context_(std::move(tls)), io_(loop.asio().io), socket_(loop.asio().io) {
  if (tls_context_) tls_.emplace(socket_, *tls_context_);
}

Transport::Transport(EventLoop& loop, int native_socket, bool ipv6)
    : io_(loop.asio().io), socket_(loop.asio().io) {
  ErrorCode ignored;  // it was a socket of this kind a moment ago
  socket_.assign(ipv6 ? Tcp::v6() : Tcp::v4(), native_socket, ignored);
}

void Transport::Connect(const std::string& host, int port, Connected done) {
  std::optional<Proxy> proxy;
  if (tls_) {
    Result<std::optional<Proxy>> found = ProxyFor(host, port);
    if (!found.ok()) {
      return asio::post(socket_.get_executor(), [done = std::move(done), status = found.status()]() mutable {
        done(std::move(status));
      });
    }
    proxy = *std::move(found);
  }
  if (!proxy) {
    return Reach(host, port, [this, host, done = std::move(done)](Status status) mutable {
      if (!status.ok() || !tls_) return done(std::move(status));
      Handshake(host, std::move(done));
    });
  }
  Reach(proxy->host, proxy->port,
        [this, proxy = *proxy, host, port, done = std::move(done)](Status status) mutable {
          if (!status.ok()) return done(std::move(status).Annotate("proxy {}:{}", proxy.host, proxy.port));
          AskProxy(proxy, host, port, std::move(done));
        });
}

void Transport::Reach(const std::string& host, int port, Connected done) {
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) return ConnectTo({{address, static_cast<std::uint16_t>(port)}}, std::move(done));
  lookup_ = NameLookup::Of(io_).Start(
      host, port, [this, done = std::move(done)](Result<NameLookup::Endpoints> found) mutable {
        lookup_.reset();
        if (!found.ok()) return done(std::move(found).status());
        ConnectTo(*std::move(found), std::move(done));
      });
}

void Transport::ConnectTo(std::vector<Tcp::endpoint> endpoints, Connected done) {
  // Connecting would open the socket again.
  if (closed_) return done(Status::Cancelled("closed"));
  endpoints_ = std::move(endpoints);
  asio::async_connect(socket_, endpoints_,
                      [this, done = std::move(done)](const ErrorCode& failed, const Tcp::endpoint&) mutable {
                        if (failed) return done(Status::Unavailable("cannot connect: {}", failed.message()));
                        ErrorCode ignored;
                        socket_.set_option(Tcp::no_delay(true), ignored);
                        done(OkStatus());
                      });
}

void Transport::AskProxy(const Proxy& proxy, const std::string& host, int port, Connected done) {
  proxy_request_ = ConnectRequest(proxy, host, port);
  auto answered = [this, host, done = std::move(done)](Status status) mutable {
    if (!status.ok()) return done(std::move(status));
    Handshake(host, std::move(done));
  };
  asio::async_write(socket_, asio::buffer(proxy_request_),
                    [this, answered = std::move(answered)](const ErrorCode& failed, std::size_t) mutable {
                      if (failed) return answered(Status::Unavailable("proxy: {}", failed.message()));
                      ReadProxy(std::move(answered));
                    });
}

void Transport::ReadProxy(Connected done) {
  asio::async_read_until(socket_, asio::dynamic_buffer(proxy_answer_, kMaxProxyHead), "\r\n\r\n",
                         [this, done = std::move(done)](const ErrorCode& failed, std::size_t) mutable {
                           if (failed)
                             return done(Status::Unavailable("proxy: no answer: {}", failed.message()));
                           done(CheckConnectAnswer(proxy_answer_));
                         });
}

void Transport::Handshake(const std::string& host, Connected done) {
  // Server name indication takes names only (RFC 6066).
  if (!IsAddress(host)) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  ErrorCode ignored;
  tls_->set_verify_callback(asio::ssl::host_name_verification(host), ignored);
  tls_->async_handshake(
      asio::ssl::stream_base::client, [this, done = std::move(done)](const ErrorCode& failed) mutable {
        if (!failed) return done(OkStatus());
        const long verdict = SSL_get_verify_result(tls_->native_handle());
        const std::string why =
            verdict == X509_V_OK ? failed.message() : X509_verify_cert_error_string(verdict);
        done(Status::Unavailable("TLS handshake failed: {}", why));
      });
}

void Transport::Read(asio::mutable_buffer buffer, Moved done) {
  tls_ ? tls_->async_read_some(buffer, std::move(done)) : socket_.async_read_some(buffer, std::move(done));
}

void Transport::Write(asio::const_buffer buffer, Moved done) {
  tls_ ? asio::async_write(*tls_, buffer, std::move(done))
       : asio::async_write(socket_, buffer, std::move(done));
}

void Transport::WriteSome(asio::const_buffer buffer, Moved done) {
  tls_ ? tls_->async_write_some(buffer, std::move(done)) : socket_.async_write_some(buffer, std::move(done));
}

void Transport::ShutdownSend() {
  ErrorCode ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
}

void Transport::Close() {
  closed_ = true;
  if (lookup_) NameLookup::Of(io_).Cancel(*lookup_);
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace repartee
