// The other side in net/'s tests: sockets that say exactly the bytes they are told to,
// blocking, so that a test needs no sleep.
//
// Thread: a RawClient the test's own; a ScriptedServer runs its script on a thread of its own.
#pragma once

#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace repartee {

// One end of a loopback connection. Errors end the text read; nothing throws.
class RawSocket {
 public:
  using Tcp = boost::asio::ip::tcp;
  explicit RawSocket(Tcp::socket socket) : socket_(std::move(socket)) {}

  void Send(std::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
  }
  // Up to and including `end`; less if the peer closes before.
  std::string ReadUntil(std::string_view end) {
    while (received_.find(end) == std::string::npos && ReadMore()) {
    }
    const std::size_t at = received_.find(end);
    return Take(at == std::string::npos ? received_.size() : at + end.size());
  }
  // Until the peer closes.
  std::string ReadAll() {
    while (ReadMore()) {
    }
    return Take(received_.size());
  }
  std::string ReadBytes(std::size_t count) {
    while (received_.size() < count && ReadMore()) {
    }
    return Take(std::min(count, received_.size()));
  }
  // Header and body of a message that has a Content-Length or none.
  std::string ReadMessage() {
    std::string message = ReadUntil("\r\n\r\n");
    const std::size_t length = message.find("Content-Length: ");
    if (length != std::string::npos) message += ReadBytes(std::stoul(message.substr(length + 16)));
    return message;
  }
  void ShutdownSend() {
    boost::system::error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  }
  void Close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  bool ReadMore() {
    char buffer[4096];
    boost::system::error_code error;
    const std::size_t bytes = socket_.read_some(boost::asio::buffer(buffer), error);
    received_.append(buffer, bytes);
    return !error;
  }
  std::string Take(std::size_t bytes) {
    std::string out = received_.substr(0, bytes);
    received_.erase(0, bytes);
    return out;
  }

  Tcp::socket socket_;
  std::string received_;
};

class RawClient {
 public:
  explicit RawClient(int port) : socket_(Connect(port)) {}
  RawSocket* operator->() { return &socket_; }

 private:
  RawSocket Connect(int port) {
    boost::asio::ip::tcp::socket socket(io_);
    boost::system::error_code ignored;
    socket.connect({boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}, ignored);
    return RawSocket(std::move(socket));
  }

  boost::asio::io_context io_;
  RawSocket socket_;
};

// Accepts `connections` one after the other and runs the script on each.
class ScriptedServer {
 public:
  using Script = std::function<void(RawSocket& socket, int connection)>;

  ScriptedServer(int connections, Script script)
      : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
        thread_([this, connections, script = std::move(script)] {
          for (int i = 0; i < connections; ++i) {
            boost::system::error_code error;
            RawSocket socket(acceptor_.accept(error));
            if (error) return;
            script(socket, i);
          }
        }) {}
  ~ScriptedServer() {
    // Wakes an accept that nobody came to.
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }

  int port() const { return acceptor_.local_endpoint().port(); }
  std::string Url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + std::string(path);
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace repartee
