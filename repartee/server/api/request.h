// Reading the public API's query strings: every fault of a request is gathered and
// answered together, in the shape that clients know. Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/net/http.h"

namespace repartee::server {

class QueryReader {
 public:
  // `request` is borrowed for the reader's life.
  explicit QueryReader(const HttpRequest& request) : request_(request) {}

  // Nothing if absent or empty.
  std::optional<std::string> Text(std::string_view name);
  std::vector<std::string> Texts(std::string_view name);
  std::optional<std::int64_t> Time(std::string_view name);
  // Within the bounds, or `fallback` if absent; over them is a fault, never clamped.
  std::int64_t Integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most);
  void Fault(std::string_view name, std::string_view code, std::string message);

  bool ok() const { return faults_.empty(); }
  // 400 with all the faults.
  HttpResponse Refusal() const;

 private:
  struct Found {
    std::string name;
    std::string code;
    std::string message;
  };
  const HttpRequest& request_;
  std::vector<Found> faults_;
};

// {"message":..., "error":...}; `error` is a class name such as "LangfuseNotFoundError".
HttpResponse ErrorResponse(int status, std::string_view message, std::string_view error);
// The answer to a store or key fault.
HttpResponse ErrorResponse(const Status& status);

}  // namespace repartee::server
