// Reading a request's JSON body: each field by its kind, faults gathered with their
// path. Thread: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/server/api/request.h"

namespace repartee::server {

// The body as an object; what is no JSON or no object is a fault, and the object empty.
Json ReadBody(const HttpRequest& request, Faults& faults);

class BodyReader {
 public:
  // Both are borrowed. `path` leads to `object` within the body.
  BodyReader(const Json& object, Faults& faults, std::vector<std::string> path = {})
      : object_(object), faults_(faults), path_(std::move(path)) {}

  // Null if absent or null.
  const Json* Find(std::string_view name) const;
  // Nothing if absent or null; a fault if of another kind.
  std::optional<std::string> Text(std::string_view name);
  std::optional<double> Number(std::string_view name);
  std::optional<std::int64_t> Integer(std::string_view name);
  std::optional<bool> Bool(std::string_view name);
  std::optional<std::int64_t> Time(std::string_view name);
  std::optional<std::vector<std::string>> Texts(std::string_view name);
  // A fault if absent, empty or longer than that.
  std::string RequiredText(std::string_view name, std::size_t most = 1'000);
  // One of `values`, or nothing.
  std::optional<std::string> Choice(std::string_view name, std::initializer_list<std::string_view> values);
  // As it is; null if absent.
  Json Any(std::string_view name) const;

  void Fault(std::string_view name, std::string_view code, std::string message);
  bool ok() const { return faults_.ok(); }

 private:
  const Json& object_;
  Faults& faults_;
  const std::vector<std::string> path_;
};

}  // namespace repartee::server
