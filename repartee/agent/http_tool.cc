#include "repartee/agent/http_tool.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

#include "repartee/base/encoding.h"
#include "repartee/base/mailbox.h"
#include "repartee/net/http_client.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxAnswer = 64 << 10;
constexpr std::size_t kMaxFault = 300;  // of a failed answer's body, in the sentence for the model

bool HasBody(const std::string& method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

std::string AsText(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// Calls `take` with each piece of a URL: plain text, or the name between braces.
template <class Take>
void ForEachPart(const std::string& url, Take take) {
  std::size_t at = 0;
  while (at < url.size()) {
    const std::size_t open = std::min(url.find('{', at), url.size());
    take(url.substr(at, open - at), false);
    const std::size_t close = url.find('}', open);
    if (close == std::string::npos) return take(url.substr(open), false);
    take(url.substr(open + 1, close - open - 1), true);
    at = close + 1;
  }
}

HttpRequest MakeRequest(const HttpToolOptions& tool, const Json& arguments) {
  HttpRequest request;
  request.method = tool.method;
  request.headers = tool.headers;
  Json rest = arguments;
  ForEachPart(tool.url, [&](const std::string& part, bool name) {
    request.target += name ? PercentEncode(AsText(arguments.value(part, Json("")))) : part;
    if (name) rest.erase(part);
  });
  if (HasBody(tool.method)) {
    request.headers.Set("Content-Type", "application/json");
    request.body = rest.dump(-1, ' ', false, Json::error_handler_t::replace);
    return request;
  }
  char sign = request.target.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : rest.items()) {
    request.target += sign + PercentEncode(name) + "=" + PercentEncode(AsText(value));
    sign = '&';
  }
  return request;
}

Json ResultOf(const Result<HttpResponse>& answer) {
  if (!answer.ok()) return "The request failed: " + answer.status().message();
  if (answer->status < 200 || answer->status > 299) {
    return fmt::format("The request was refused: {} {}: {}", answer->status, HttpStatusText(answer->status),
                       answer->body.substr(0, kMaxFault));
  }
  if (auto json = ParseJson(answer->body); json.ok()) return *std::move(json);
  return answer->body.empty() ? "done" : answer->body;
}

Task<Status> CallTool(std::shared_ptr<const HttpToolOptions> tool, FunctionCallParams call) {
  for (const Json& name : tool->required) {
    if (call.arguments.contains(name.get<std::string>())) continue;
    call.result_callback(fmt::format("The function {} was not called: the argument {} is missing.",
                                     call.function_name, name.get<std::string>()));
    co_return OkStatus();
  }
  EventLoop& loop = *EventLoop::Current();
  HttpClientOptions limits;
  limits.max_response_bytes = kMaxAnswer;
  HttpClient http(loop, limits);
  Mailbox<Result<HttpResponse>> answered(loop, 1);
  HttpCallOptions options;
  options.timeout = tool->timeout;
  const auto request = http.Fetch(MakeRequest(*tool, call.arguments), options,
                                  [&answered](Result<HttpResponse> got) { answered.Send(std::move(got)); });
  const auto answer = co_await answered.Receive();
  call.result_callback(ResultOf(*answer));
  co_return OkStatus();
}

Status Check(const HttpToolOptions& tool) {
  static constexpr std::array kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};
  if (std::find(kMethods.begin(), kMethods.end(), tool.method) == kMethods.end()) {
    return Status::InvalidArgument("the method {} is none of {}", tool.method, fmt::join(kMethods, ", "));
  }
  if (const auto url = ParseUrl(tool.url); !url.ok()) return url.status();
  if (!tool.url.starts_with("http://") && !tool.url.starts_with("https://")) {
    return Status::InvalidArgument("the URL {} does not begin with http:// or https://", tool.url);
  }
  Status status = CheckHttpHeaders(tool.headers);
  ForEachPart(tool.url, [&](const std::string& part, bool name) {
    if (!name || tool.properties.contains(part) || !status.ok()) return;
    status = Status::InvalidArgument("the URL has a place for {}, which is no parameter", part);
  });
  return status;
}

}  // namespace

Result<DirectFunction> MakeHttpTool(HttpToolOptions options) {
  if (Status status = Check(options); !status.ok()) {
    return std::move(status).Annotate("the tool {}", options.name);
  }
  DirectFunction made;
  made.name = options.name;
  made.schema = {{"name", options.name},
                 {"description", options.description},
                 {"properties", options.properties},
                 {"required", options.required}};
  made.options = options.function;
  const auto tool = std::make_shared<const HttpToolOptions>(std::move(options));  // shared by all calls
  made.handler = [tool](FunctionCallParams call) { return CallTool(tool, std::move(call)); };
  return made;
}

}  // namespace repartee
