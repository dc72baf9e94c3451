#include "repartee/cli/trace_client.h"

#include <cstdlib>

#include "repartee/base/encoding.h"
#include "repartee/cli/trace_text.h"
#include "repartee/net/http_client.h"

namespace repartee::cli {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

HttpRequest RequestTo(const std::string& url, const std::string& path) {
  HttpRequest request;
  request.target = url.ends_with('/') ? url.substr(0, url.size() - 1) + path : url + path;
  const std::string public_key = Variable("LANGFUSE_PUBLIC_KEY");
  const std::string secret_key = Variable("LANGFUSE_SECRET_KEY");
  if (!public_key.empty() && !secret_key.empty())
    request.headers.Add("Authorization", "Basic " + Base64Encode(public_key + ":" + secret_key));
  return request;
}

Status RefusalOf(const HttpResponse& response) {
  const Result<Json> body = ParseJson(response.body);
  const Json error = body.ok() && body->is_object() ? body->value("error", Json()) : Json();
  std::string message = TextOf(error, "message");
  if (message.empty())
    return Status::Unavailable("the server answered {}: is it a Repartee server?", response.status);
  if (response.status == 401) {
    return Status::Unauthenticated("{}: set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY to a project's keys",
                                   message);
  }
  const std::string fix = TextOf(error, "fix");
  return Status::NotFound("{}{}{}", message, fix.empty() ? "" : ": ", fix);
}

Status NoServer(const std::string& url, const Status& why) {
  return Status::Unavailable("no server answers at {} ({}): start one with repartee serve, or give --url",
                             url, why.message());
}

Result<Json> TraceClient::Get(const std::string& path) const {
  const Result<HttpResponse> response = FetchBlocking(RequestTo(url_, path));
  if (!response.ok()) {
    if (response.status().code() == StatusCode::kInvalidArgument) return response.status();
    return NoServer(url_, response.status());
  }
  if (response->status != 200) return RefusalOf(*response);
  return ParseJson(response->body);
}

}  // namespace repartee::cli
