#include "repartee/server/api/request.h"

#include <fmt/format.h>

#include <charconv>

#include "repartee/server/api/json_writer.h"
#include "repartee/server/model/time.h"

namespace repartee::server {

std::optional<std::string> QueryReader::Text(std::string_view name) {
  std::string value = request_.QueryParameter(name);
  if (value.empty()) return std::nullopt;
  return value;
}

std::vector<std::string> QueryReader::Texts(std::string_view name) {
  std::vector<std::string> values = request_.QueryParameters(name);
  std::erase_if(values, [](const std::string& value) { return value.empty(); });
  return values;
}

std::optional<std::int64_t> QueryReader::Time(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  const std::optional<std::int64_t> time = ParseIsoTime(*text);
  if (!time) Fault(name, "invalid_format", fmt::format("{} is no ISO 8601 time", *text));
  return time;
}

std::int64_t QueryReader::Integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                                  std::int64_t most) {
  const std::optional<std::string> text = Text(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    Fault(name, "invalid_type", fmt::format("Expected a number, received {}", *text));
    return fallback;
  }
  if (value < least)
    Fault(name, "too_small", fmt::format("Number must be greater than or equal to {}", least));
  if (value > most) Fault(name, "too_big", fmt::format("Number must be less than or equal to {}", most));
  return value;
}

void QueryReader::Fault(std::string_view name, std::string_view code, std::string message) {
  faults_.push_back({std::string(name), std::string(code), std::move(message)});
}

HttpResponse QueryReader::Refusal() const {
  JsonWriter json;
  json.BeginObject();
  json.Key("message").Text("Invalid request data");
  json.Key("error").BeginArray();
  for (const Found& fault : faults_) {
    json.BeginObject();
    json.Key("code").Text(fault.code);
    json.Key("path").BeginArray();
    json.Text(fault.name);
    json.EndArray();
    json.Key("message").Text(fault.message);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(400, json.Take());
}

HttpResponse ErrorResponse(int status, std::string_view message, std::string_view error) {
  JsonWriter json;
  json.BeginObject();
  json.Key("message").Text(message);
  if (!error.empty()) json.Key("error").Text(error);
  json.EndObject();
  return HttpResponse::Json(status, json.Take());
}

HttpResponse ErrorResponse(const Status& status) {
  switch (status.code()) {
    case StatusCode::kUnauthenticated: return ErrorResponse(401, status.message(), "");
    case StatusCode::kPermissionDenied: return ErrorResponse(403, status.message(), "");
    case StatusCode::kNotFound: return ErrorResponse(404, status.message(), "LangfuseNotFoundError");
    case StatusCode::kResourceExhausted: return ErrorResponse(422, status.message(), "Request timed out");
    case StatusCode::kUnavailable: {
      HttpResponse response = ErrorResponse(503, status.message(), "ServiceUnavailableError");
      response.headers.Add("Retry-After", "1");
      return response;
    }
    default: return ErrorResponse(500, "Internal Server Error", status.message());
  }
}

}  // namespace repartee::server
