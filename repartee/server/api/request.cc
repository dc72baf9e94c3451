#include "repartee/server/api/request.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "repartee/server/api/json_writer.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kMaxPageNumber = 1'000'000;

}  // namespace

void Faults::Add(std::vector<std::string> path, std::string_view code, std::string message) {
  found_.push_back({std::move(path), std::string(code), std::move(message)});
}

HttpResponse Faults::Refusal() const {
  JsonWriter json;
  json.BeginObject();
  json.Key("message").Text("Invalid request data");
  json.Key("error").BeginArray();
  for (const Found& fault : found_) {
    json.BeginObject();
    json.Key("code").Text(fault.code);
    json.Key("path").BeginArray();
    for (const std::string& part : fault.path) json.Text(part);
    json.EndArray();
    json.Key("message").Text(fault.message);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(400, json.Take());
}

std::string Faults::Text() const {
  std::string text;
  for (const Found& fault : found_) {
    if (!text.empty()) text += "; ";
    for (const std::string& part : fault.path) text += part + (&part == &fault.path.back() ? ": " : ".");
    text += fault.message;
  }
  return text;
}

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

std::optional<std::vector<std::string>> QueryReader::List(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  std::vector<std::string> parts;
  std::string_view left = *text;
  while (true) {
    const std::string_view part = left.substr(0, left.find(','));
    if (const std::string_view value = Trimmed(part); !value.empty()) parts.emplace_back(value);
    if (part.size() == left.size()) return parts;
    left.remove_prefix(part.size() + 1);
  }
}

std::optional<double> QueryReader::Number(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc() && end == text->data() + text->size() && std::isfinite(value)) return value;
  Fault(name, "invalid_type", fmt::format("Expected a number, received {}", *text));
  return std::nullopt;
}

std::optional<bool> QueryReader::Bool(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  if (*text == "true" || *text == "false") return *text == "true";
  Fault(name, "invalid_value", fmt::format("Expected true or false, received {}", *text));
  return std::nullopt;
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
  faults_.Add({std::string(name)}, code, std::move(message));
}

PageRequest ReadPage(QueryReader& query, std::int64_t default_limit) {
  PageRequest page;
  page.page = static_cast<std::size_t>(query.Integer("page", 1, 1, kMaxPageNumber));
  page.limit = static_cast<std::size_t>(query.Integer("limit", default_limit, 1, kMaxPageSize));
  return page;
}

HttpResponse JsonResponse(int status, const Json& body) {
  JsonWriter json;
  json.Value(body);
  return HttpResponse::Json(status, json.Take());
}

HttpResponse NotFoundResponse(std::string_view message) {
  return ErrorResponse(404, message, "LangfuseNotFoundError");
}

HttpResponse InvalidRequest(std::string_view message) {
  return ErrorResponse(400, message, "InvalidRequestError");
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
    case StatusCode::kInvalidArgument:
    case StatusCode::kMalformed: return ErrorResponse(400, status.message(), "InvalidRequestError");
    case StatusCode::kAlreadyExists: return ErrorResponse(409, status.message(), "LangfuseConflictError");
    case StatusCode::kUnavailable: {
      HttpResponse response = ErrorResponse(503, status.message(), "ServiceUnavailableError");
      response.headers.Add("Retry-After", "1");
      return response;
    }
    default: return ErrorResponse(500, "Internal Server Error", status.message());
  }
}

}  // namespace repartee::server
