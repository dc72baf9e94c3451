// Reading the public API's requests: every fault of a query string or body is
// gathered and answered together, in the shape that clients know. Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/net/http.h"

namespace repartee::server {

// What is wrong with a request.
class Faults {
 public:
  // `path` names the parameter, or leads to the field of the body.
  void Add(std::vector<std::string> path, std::string_view code, std::string message);
  bool ok() const { return found_.empty(); }
  // 400 with all of them.
  HttpResponse Refusal() const;
  // All messages as one line, each with its path.
  std::string Text() const;

 private:
  struct Found {
    std::vector<std::string> path;
    std::string code;
    std::string message;
  };
  std::vector<Found> found_;
};

class QueryReader {
 public:
  // `request` is borrowed for the reader's life.
  explicit QueryReader(const HttpRequest& request) : request_(request) {}

  // Nothing if absent or empty.
  std::optional<std::string> Text(std::string_view name);
  // Every value of a parameter that may repeat; empty ones left out.
  std::vector<std::string> Texts(std::string_view name);
  // Parts of a comma-separated value without blanks around them; nothing if absent or empty.
  std::optional<std::vector<std::string>> List(std::string_view name);
  std::optional<std::int64_t> Time(std::string_view name);
  // Within the bounds, or `fallback` if absent; over them is a fault, never clamped.
  std::int64_t Integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most);
  std::optional<double> Number(std::string_view name);
  // "true" or "false".
  std::optional<bool> Bool(std::string_view name);
  bool Has(std::string_view name) const { return request_.HasQueryParameter(name); }
  void Fault(std::string_view name, std::string_view code, std::string message);

  Faults& faults() { return faults_; }
  bool ok() const { return faults_.ok(); }
  HttpResponse Refusal() const { return faults_.Refusal(); }

 private:
  const HttpRequest& request_;
  Faults faults_;
};

// Paging by number, as the older lists have it.
struct PageRequest {
  std::size_t page = 1;
  std::size_t limit = 50;
  std::size_t offset() const { return (page - 1) * limit; }
};
// `page` from 1, `limit` from 1 to 100.
PageRequest ReadPage(QueryReader& query, std::int64_t default_limit = 50);

// {"message":..., "error":...}; `error` is a class name such as "LangfuseNotFoundError".
HttpResponse ErrorResponse(int status, std::string_view message, std::string_view error);
// The answer to a store or key fault.
HttpResponse ErrorResponse(const Status& status);
// Numbers are written without exponents.
HttpResponse JsonResponse(int status, const Json& body);
HttpResponse NotFoundResponse(std::string_view message);
// 400 for what is well-formed and cannot be done.
HttpResponse InvalidRequest(std::string_view message);

}  // namespace repartee::server
