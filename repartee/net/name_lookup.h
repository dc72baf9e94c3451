// NameLookup: the addresses of a host's name, asked of the system without waiting for them.
//
// The system's call cannot be stopped, and a name server that does not answer keeps it for
// half a minute. So each question has a thread that belongs to nobody: whoever asked may
// give up, and a loop that ends does not wait for it. Limit: 32 questions at once in the
// process, then Unavailable at once. Internal to net/. Thread: the loop's.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"

namespace repartee {

// One a loop, made when it is first asked.
class NameLookup final : public boost::asio::execution_context::service {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  using Done = UniqueFunction<void(Result<Endpoints>)>;

  static NameLookup& Of(boost::asio::io_context& io);

  // `done` is called on a later turn of the loop, once; never when the loop ends first. The number is for
  // Cancel.
  std::uint64_t Start(const std::string& host, int port, Done done);
  // `done` gets Cancelled, later. Does nothing when it was called already.
  void Cancel(std::uint64_t number);

  // What Asio asks of a service.
  using key_type = NameLookup;
  static boost::asio::execution_context::id id;
  explicit NameLookup(boost::asio::io_context& io);

 private:
  // By which a thread finds back, as long as the loop is there.
  struct Door;

  void shutdown() override;
  void Finish(std::uint64_t number, Result<Endpoints> found);
  void Later(std::uint64_t number, Status status);

  boost::asio::io_context& io_;
  const std::shared_ptr<Door> door_;  // shared with the threads
  std::map<std::uint64_t, Done> asked_;
  std::uint64_t last_ = 0;
};

// Waits for the answer. Unavailable with the system's reason.
Result<NameLookup::Endpoints> LookUpBlocking(const std::string& host, int port);

}  // namespace repartee
