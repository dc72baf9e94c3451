#include "repartee/net/name_lookup.h"

#include <netdb.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace repartee {
namespace {

constexpr int kMostAtOnce = 32;
std::atomic<int> under_way{0};

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

struct NameLookup::Door {
  std::mutex mutex;
  NameLookup* lookup = nullptr;  // guarded by mutex; null once the loop has gone
};

boost::asio::execution_context::id NameLookup::id;

NameLookup& NameLookup::Of(boost::asio::io_context& io) { return boost::asio::use_service<NameLookup>(io); }

NameLookup::NameLookup(boost::asio::io_context& io)
    : boost::asio::execution_context::service(io), io_(io), door_(std::make_shared<Door>()) {
  door_->lookup = this;
}

void NameLookup::shutdown() {
  {
    const std::lock_guard lock(door_->mutex);
    door_->lookup = nullptr;
  }
  // What they hold may end connections, which cancel.
  std::exchange(asked_, {}).clear();
}

std::uint64_t NameLookup::Start(const std::string& host, int port, Done done) {
  const std::uint64_t number = ++last_;
  asked_.emplace(number, std::move(done));
  if (under_way.fetch_add(1) >= kMostAtOnce) {
    under_way.fetch_sub(1);
    Later(number, Status::Unavailable("{} look-ups of names wait already: the name server does not answer",
                                      kMostAtOnce));
    return number;
  }
  try {
    std::thread([door = door_, number, host, port] {
      Result<Endpoints> found = LookUpBlocking(host, port);
      under_way.fetch_sub(1);
      const std::lock_guard lock(door->mutex);
      if (door->lookup == nullptr) return;
      boost::asio::post(door->lookup->io_,
                        [lookup = door->lookup, number, found = std::move(found)]() mutable {
                          lookup->Finish(number, std::move(found));
                        });
    }).detach();
  } catch (const std::system_error& error) {
    under_way.fetch_sub(1);
    Later(number, Status::Unavailable("no thread for the look-up of a name: {}", error.what()));
  }
  return number;
}

void NameLookup::Cancel(std::uint64_t number) { Later(number, Status::Cancelled("closed")); }

void NameLookup::Later(std::uint64_t number, Status status) {
  const auto found = asked_.find(number);
  if (found == asked_.end()) return;
  boost::asio::post(io_, [done = std::move(found->second), status = std::move(status)]() mutable {
    done(std::move(status));
  });
  asked_.erase(found);
}

void NameLookup::Finish(std::uint64_t number, Result<Endpoints> found) {
  const auto asked = asked_.find(number);
  if (asked == asked_.end()) return;
  Done done = std::move(asked->second);
  asked_.erase(asked);
  done(std::move(found));
}

Result<NameLookup::Endpoints> LookUpBlocking(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
    return Status::Unavailable("name not found: {}", gai_strerror(error));
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  NameLookup::Endpoints endpoints;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    boost::asio::ip::tcp::endpoint endpoint;
    if (at->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
    endpoint.resize(at->ai_addrlen);
    endpoints.push_back(endpoint);
  }
  return endpoints;
}

}  // namespace repartee
