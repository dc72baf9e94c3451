#include "repartee/tracing/media_client.h"

#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "repartee/base/encoding.h"
#include "repartee/base/iso_time.h"
#include "repartee/base/json.h"
#include "repartee/base/log.h"
#include "repartee/otel/retry.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxTries = 3;
constexpr milliseconds kAnswerTimeout{10'000};
// 230 MB at one megabyte a second.
constexpr milliseconds kPutTimeout{240'000};
constexpr std::size_t kMaxReasonBytes = 200;
constexpr std::size_t kMediaIdCharacters = 22;

std::string Sha256Base64(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return Base64Encode({reinterpret_cast<const char*>(digest), size});
}

std::string MediaId(std::string hash) {
  std::replace(hash.begin(), hash.end(), '+', '-');
  std::replace(hash.begin(), hash.end(), '/', '_');
  return hash.substr(0, kMediaIdCharacters);
}

Status Refusal(const std::string& what, const HttpResponse& response) {
  const StatusCode code = otel::IsRetryableStatus(response.status) || response.status >= 500
                              ? StatusCode::kUnavailable
                              : StatusCode::kFailedPrecondition;
  return {code, fmt::format("{} answered {} {}: {}", what, response.status, HttpStatusText(response.status),
                            response.body.substr(0, kMaxReasonBytes))};
}

HttpClientOptions ClientOptions(const otel::OtlpOptions& options) {
  HttpClientOptions client;
  client.max_response_bytes = 1 << 20;
  client.ca_file = options.ca_file;
  client.client_certificate_file = options.client_certificate_file;
  client.client_key_file = options.client_key_file;
  return client;
}

}  // namespace

std::string MediaUrl(const std::string& traces_url) {
  const Result<Url> url = ParseUrl(traces_url);
  if (!url.ok()) return "";
  const auto otel_at = url->target.find("/api/public/otel");
  const std::string before = otel_at == std::string::npos ? "" : url->target.substr(0, otel_at);
  return url->scheme + "://" + url->Authority() + before + "/api/public/media";
}

MediaClient::MediaClient(const otel::OtlpOptions& options)
    : options_(options), url_(MediaUrl(options.url)), client_(loop_, ClientOptions(options)) {}

void MediaClient::Stop() {
  stopped_ = true;
  loop_.Post([] {});
}

Result<HttpResponse> MediaClient::Fetch(HttpRequest request, milliseconds timeout) {
  std::optional<Result<HttpResponse>> answer;
  const auto call = client_.Fetch(std::move(request), {.timeout = timeout},
                                  [&answer](Result<HttpResponse> response) { answer = std::move(response); });
  loop_.RunUntil([&] { return answer.has_value() || stopped_; }, timeout + std::chrono::seconds(1));
  if (answer) return *std::move(answer);
  return Status::Cancelled("the program ends");
}

void MediaClient::Wait(Nanos time) {
  bool over = false;
  Timer timer(loop_, [&over] { over = true; });
  timer.Arm(time);
  loop_.RunUntil([&] { return over || stopped_; }, time + std::chrono::seconds(1));
}

// Where to put the bytes; empty if the server has them.
Result<std::string> MediaClient::Announce(const Medium& medium, const std::string& hash) {
  Json body{{"traceId", medium.trace_id},
            {"field", medium.field},
            {"contentType", medium.content_type},
            {"contentLength", medium.bytes.size()},
            {"sha256Hash", hash}};
  if (!medium.observation_id.empty()) body["observationId"] = medium.observation_id;
  HttpRequest request;
  request.method = "POST";
  request.target = url_;
  for (const auto& [name, value] : options_.headers) request.headers.Set(name, value);
  request.headers.Set("content-type", "application/json");
  request.body = body.dump();
  Result<HttpResponse> response = Fetch(std::move(request), kAnswerTimeout);
  if (!response.ok()) return std::move(response).status().Annotate("{}", url_);
  if (response->status / 100 != 2) return Refusal(url_, *response);
  const Result<Json> answer = ParseJson(response->body);
  if (!answer.ok() || !answer->is_object()) return Status::Malformed("{} answered no JSON object", url_);
  const auto found = answer->find("uploadUrl");
  if (found == answer->end() || !found->is_string()) return std::string();
  return found->get<std::string>();
}

Status MediaClient::Put(const Medium& medium, const std::string& url, const std::string& hash) {
  HttpRequest request;
  request.method = "PUT";
  request.target = url;
  request.headers.Set("content-type", medium.content_type);
  const Result<Url> parsed = ParseUrl(url);
  // Google's store refuses what it did not sign; others want these.
  if (parsed.ok() && !parsed->host.ends_with("storage.googleapis.com")) {
    request.headers.Set("x-amz-checksum-sha256", hash);
    request.headers.Set("x-ms-blob-type", "BlockBlob");
  }
  request.body = medium.bytes;
  Result<HttpResponse> response = Fetch(std::move(request), kPutTimeout);
  // The URL holds a signature, so it is not shown.
  if (!response.ok()) return std::move(response).status().Annotate("upload of a recording");
  return response->status / 100 == 2 ? OkStatus() : Refusal("the upload of a recording", *response);
}

// What comes of it changes nothing: the bytes are there.
void MediaClient::Report(const std::string& hash) {
  HttpRequest request;
  request.method = "PATCH";
  request.target = url_ + "/" + MediaId(hash);
  for (const auto& [name, value] : options_.headers) request.headers.Set(name, value);
  request.headers.Set("content-type", "application/json");
  request.body =
      Json{{"uploadedAt", FormatIsoMillis(Clock::System().WallNow())}, {"uploadHttpStatus", 200}}.dump();
  const Result<HttpResponse> response = Fetch(std::move(request), kAnswerTimeout);
  if (!response.ok()) LogDebug("tracing: {}: {}", url_, response.status().message());
}

Status MediaClient::Upload(const Medium& medium) {
  const std::string hash = Sha256Base64(medium.bytes);
  Status status;
  for (int tries = 1;; ++tries) {
    Result<std::string> place = Announce(medium, hash);
    if (place.ok()) {
      if (place->empty()) return OkStatus();
      status = Put(medium, *place, hash);
      if (status.ok()) {
        Report(hash);
        return OkStatus();
      }
    } else {
      status = std::move(place).status();
    }
    const bool worth =
        status.code() == StatusCode::kUnavailable || status.code() == StatusCode::kDeadlineExceeded;
    if (!worth || tries == kMaxTries || stopped_) return status;
    Wait(otel::Backoff(tries));
  }
}

}  // namespace repartee
