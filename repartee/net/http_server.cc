#include "repartee/net/http_server.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "repartee/base/log.h"
#include "repartee/net/http_connection.h"

namespace repartee {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Connection = HttpResponder::Connection;

constexpr int kMaxRefused = 64;  // over the limit, and still told so
// After accept failed, as it does when the process has no file descriptor left.
constexpr std::chrono::milliseconds kAcceptPause{100};

class AsioHttpServer final : public HttpServer {
 public:
  AsioHttpServer(HttpServerOptions options, HttpHandler handler)
      : core_(std::make_shared<HttpServerCore>(std::move(options), std::move(handler))),
        strand_(asio::make_strand(core_->io)),
        acceptor_(strand_),
        pause_(strand_),
        work_(asio::make_work_guard(core_->io)) {}
  ~AsioHttpServer() override { Stop(std::chrono::milliseconds(0)); }

  Status Open();
  void Start();
  int port() const override { return core_->port; }
  void Stop(std::chrono::milliseconds grace) override;

 private:
  void Accept();
  void Take(ServerSocket socket);
  template <class Function>
  void OnEachConnection(Function function);

  const std::shared_ptr<HttpServerCore> core_;  // shared with connections that a handler keeps
  const ServerStrand strand_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

Status AsioHttpServer::Open() {
  const HttpServerOptions& options = core_->options;
  ErrorCode error;
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  const auto address = asio::ip::make_address(host, error);
  if (error) {
    return Status::InvalidArgument("cannot listen on '{}': give an IP address, such as 127.0.0.1 or 0.0.0.0",
                                   host);
  }
  if (options.port < 0 || options.port > 65535) {
    return Status::InvalidArgument("cannot listen on port {}: ports go from 0 to 65535", options.port);
  }
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options.port));
  acceptor_.open(endpoint.protocol(), error);
  // A port whose last connections still linger is free; one with a listener is not.
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return Status::AlreadyExists(
        "port {} on {} is in use by another program: stop it, or choose another port (0 takes a free one)",
        options.port, host);
  }
  if (error == asio::error::access_denied) {
    return Status::PermissionDenied(
        "may not listen on port {} of {}: ports below 1024 are root's; choose another", options.port, host);
  }
  if (error)
    return Status::InvalidArgument("cannot listen on {} port {}: {}", host, options.port, error.message());
  core_->port = acceptor_.local_endpoint(error).port();
  return OkStatus();
}

void AsioHttpServer::Start() {
  asio::post(strand_, [this] { Accept(); });
  for (int i = 0; i < std::max(1, core_->options.threads); ++i) {
    threads_.emplace_back([this] { core_->io.run(); });
  }
}

void AsioHttpServer::Accept() {
  acceptor_.async_accept(asio::make_strand(core_->io), [this](const ErrorCode& error, ServerSocket socket) {
    if (core_->stopping || error == asio::error::operation_aborted) return;
    if (!error) {
      Take(std::move(socket));
      return Accept();
    }
    LogWarning("http server: cannot accept on port {}: {}", core_->port, error.message());
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const ErrorCode& cancelled) {
      if (!cancelled && !core_->stopping) Accept();
    });
  });
}

void AsioHttpServer::Take(ServerSocket socket) {
  ErrorCode ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto connection = std::make_shared<Connection>(core_, std::move(socket));
  bool refuse = false;
  {
    const std::lock_guard lock(core_->mutex);
    if (core_->stopped) return;
    const std::size_t served = core_->connections.size() - static_cast<std::size_t>(core_->refused);
    refuse = served >= static_cast<std::size_t>(core_->options.max_connections);
    if (refuse && core_->refused >= kMaxRefused) return;
    if (refuse) ++core_->refused;
    core_->connections.insert(connection);
    // Under the lock still: nobody else would close one that is in the set and never starts.
    asio::post(connection->strand(),
               [connection, refuse] { refuse ? connection->Refuse() : connection->Start(); });
  }
}

template <class Function>
void AsioHttpServer::OnEachConnection(Function function) {
  std::set<std::shared_ptr<Connection>> connections;
  {
    const std::lock_guard lock(core_->mutex);
    connections = core_->connections;
  }
  for (const auto& connection : connections) {
    core_->Post(connection->strand(), [connection, function] { function(*connection); });
  }
}

void AsioHttpServer::Stop(std::chrono::milliseconds grace) {
  if (core_->stopping.exchange(true)) return;
  core_->Post(strand_, [this] {
    ErrorCode ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
  OnEachConnection([](Connection& connection) { connection.FinishUp(); });
  {
    std::unique_lock lock(core_->mutex);
    core_->connection_left.wait_for(lock, grace, [this] { return core_->connections.empty(); });
  }
  OnEachConnection([](Connection& connection) { connection.Close(); });
  {
    const std::lock_guard lock(core_->mutex);
    core_->stopped = true;
  }
  work_.reset();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(HttpServerOptions options, HttpHandler handler) {
  auto server = std::make_unique<AsioHttpServer>(std::move(options), std::move(handler));
  if (Status status = server->Open(); !status.ok()) return status;
  server->Start();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace repartee
