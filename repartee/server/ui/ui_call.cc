#include "repartee/server/ui/ui_call.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "repartee/base/random.h"
#include "repartee/server/api/json_writer.h"

namespace repartee::server {
namespace {

constexpr double kMaxMillis = 9e12;  // the year 2255; in nanoseconds it still fits 64 bits

template <class T>
bool ParseNumber(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

HttpResponse UiError(int status, std::string_view message, std::string_view fix, std::string_view code) {
  const std::string id = fmt::format("{:016x}", RandomBits());
  JsonWriter json;
  json.BeginObject();
  json.Key("error").BeginObject();
  json.Key("message").Text(message);
  if (!fix.empty()) json.Key("fix").Text(fix);
  if (!code.empty()) json.Key("code").Text(code);
  json.Key("request_id").Text(id);
  json.EndObject().EndObject();
  HttpResponse response = HttpResponse::Json(status, json.Take());
  response.headers.Set("X-Request-Id", id);
  if (status == 503) response.headers.Set("Retry-After", "1");
  return response;
}

HttpResponse UiError(const Status& status) {
  switch (status.code()) {
    case StatusCode::kUnauthenticated: return UiError(401, status.message());
    case StatusCode::kPermissionDenied: return UiError(403, status.message());
    case StatusCode::kInvalidArgument: return UiError(400, status.message());
    case StatusCode::kNotFound: return UiError(404, status.message());
    case StatusCode::kAlreadyExists:
    case StatusCode::kFailedPrecondition: return UiError(409, status.message());
    case StatusCode::kResourceExhausted: return UiError(422, status.message(), "narrow the time range");
    case StatusCode::kUnavailable: return UiError(503, status.message(), "try again");
    default: return UiError(500, status.message());
  }
}

Json TimeMs(std::int64_t ns) { return ns == 0 ? Json() : Json(ns / 1'000'000); }

std::optional<std::string> UiQuery::Text(std::string_view name) {
  std::string value = request_.QueryParameter(name);
  if (value.empty()) return std::nullopt;
  return value;
}

std::vector<std::string> UiQuery::Texts(std::string_view name) {
  std::vector<std::string> values = request_.QueryParameters(name);
  std::erase_if(values, [](const std::string& value) { return value.empty(); });
  return values;
}

std::optional<std::int64_t> UiQuery::Millis(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  double value = 0;
  if (!ParseNumber(*text, value) || !(value >= 0 && value < kMaxMillis)) {
    Fault(name, fmt::format("{} is no number of milliseconds", text->substr(0, 40)));
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value * 1e3) * 1'000;
}

std::int64_t UiQuery::Integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                              std::int64_t most) {
  const std::optional<std::string> text = Text(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  if (!ParseNumber(*text, value) || value < least || value > most) {
    Fault(name, fmt::format("{} is no number from {} to {}", text->substr(0, 40), least, most));
    return fallback;
  }
  return value;
}

std::optional<double> UiQuery::Number(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::nullopt;
  double value = 0;
  if (ParseNumber(*text, value) && std::isfinite(value)) return value;
  Fault(name, fmt::format("{} is no number", text->substr(0, 40)));
  return std::nullopt;
}

bool UiQuery::Flag(std::string_view name) {
  const std::optional<std::string> text = Text(name);
  if (text && *text != "true" && *text != "false") Fault(name, "give true or false");
  return text == "true";
}

void UiQuery::Fault(std::string_view name, std::string_view why) {
  if (fault_.empty()) fault_ = fmt::format("parameter {}: {}", name, why);
}

}  // namespace repartee::server
