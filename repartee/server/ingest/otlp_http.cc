#include "repartee/server/ingest/otlp_http.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "repartee/base/json.h"
#include "repartee/otel/wire/protobuf_writer.h"
#include "repartee/server/auth/host_check.h"
#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/ingest/inflate.h"
#include "repartee/server/ingest/otlp_json.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr char kRetryAfterSeconds[] = "1";

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

// google.rpc.Code, which OTLP's error bodies carry.
int RpcCode(int http_status) {
  switch (http_status) {
    case 401: return 16;
    case 403: return 7;
    case 413:
    case 429: return 8;
    case 503: return 14;
    default: return 3;
  }
}

// What went wrong, said in the words of either face.
struct Fault {
  int status = 400;
  std::string message;         // what and where
  std::string langfuse_error;  // the reference's own text or class; empty: only a message
};

HttpResponse FaultResponse(const Fault& fault, OtlpFace face, bool is_json) {
  HttpResponse response;
  if (face == OtlpFace::kLangfuse || is_json) {
    Json body = Json::object();
    if (face == OtlpFace::kPlain) body["code"] = RpcCode(fault.status);
    body["message"] = fault.message;
    if (face == OtlpFace::kLangfuse && !fault.langfuse_error.empty()) body["error"] = fault.langfuse_error;
    response = HttpResponse::Json(fault.status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    response.status = fault.status;
    response.headers.Add("Content-Type", std::string(kProtobuf));
    otel::ProtobufWriter writer(response.body);
    writer.Varint(1, static_cast<std::uint64_t>(RpcCode(fault.status)));
    writer.Bytes(2, fault.message);
  }
  if (fault.status == 503 || fault.status == 429) response.headers.Add("Retry-After", kRetryAfterSeconds);
  return response;
}

HttpResponse Accepted(std::size_t rejected, const std::string& reason, bool is_json) {
  if (is_json) {
    Json body = Json::object();
    if (rejected > 0) {
      body["partialSuccess"] = {{"rejectedSpans", rejected},
                                {"errorMessage", fmt::format("{} spans rejected: {}", rejected, reason)}};
    }
    return HttpResponse::Json(200, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  HttpResponse response;
  response.headers.Add("Content-Type", std::string(kProtobuf));
  if (rejected == 0) return response;
  std::string partial;
  otel::ProtobufWriter inner(partial);
  inner.Varint(1, rejected);
  inner.Bytes(2, fmt::format("{} spans rejected: {}", rejected, reason));
  otel::ProtobufWriter(response.body).Bytes(1, partial);
  return response;
}

Fault FromStatus(const Status& status) {
  Fault fault{.status = 503, .message = status.message(), .langfuse_error = "ServiceUnavailableError"};
  if (status.code() == StatusCode::kUnauthenticated) fault = {401, status.message(), ""};
  if (status.code() == StatusCode::kPermissionDenied) fault = {403, status.message(), ""};
  return fault;
}

bool IsJson(const HttpRequest& request) {
  return Lower(request.headers.Get("content-type")).find("application/json") != std::string::npos;
}

// Nothing if the headers are fine.
std::optional<Fault> CheckHeaders(const HttpRequest& request, OtlpFace face) {
  const std::string type = Lower(request.headers.Get("content-type"));
  if (!IsJson(request) && type.find(kProtobuf) == std::string::npos) {
    const std::string message =
        fmt::format("content type {}: send application/x-protobuf or application/json", type.substr(0, 100));
    return Fault{face == OtlpFace::kPlain ? 415 : 400, message, "Invalid content type"};
  }
  if (face == OtlpFace::kLangfuse) {
    const std::string_view version = request.headers.Get("x-langfuse-ingestion-version");
    int number = 0;
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
    const bool good = error == std::errc() && end == version.data() + version.size() && number <= 4;
    if (!version.empty() && !good) {
      const std::string text =
          fmt::format("Unsupported x-langfuse-ingestion-version: \"{}\". Maximum supported: \"4\".",
                      version.substr(0, 100));
      return Fault{400, text, text};
    }
  }
  return std::nullopt;
}

Result<std::string> ReadBody(HttpRequest& request) {
  const std::string coding = Lower(request.headers.Get("content-encoding"));
  ContentCoding as = ContentCoding::kIdentity;
  if (coding.find("gzip") != std::string::npos) as = ContentCoding::kGzip;
  if (coding.find("deflate") != std::string::npos) as = ContentCoding::kDeflate;
  if (as == ContentCoding::kIdentity) return std::move(request.body);
  return Inflate(request.body, as, kMaxInflatedBytes);
}

}  // namespace

HttpResponse OtlpRefusal(const HttpRequest& request, OtlpFace face, int status, const std::string& message) {
  return FaultResponse({status, message, ""}, face, IsJson(request));
}

Result<Project> OtlpHttp::Authorise(const HttpRequest& request, OtlpFace face) const {
  if (face == OtlpFace::kLangfuse || request.headers.Has("authorization")) {
    return keys_.Authenticate(request.headers.Get("authorization"));
  }
  if (!options_.anonymous || !request.from_loopback)
    return Status::Unauthenticated("No authorization header");
  if (Status status = CheckHost(request.headers, options_.public_urls); !status.ok()) return status;
  return keys_.first_project();
}

void OtlpHttp::Handle(HttpRequest request, OtlpFace face, Reply reply) const {
  const bool is_json = IsJson(request);
  const auto fail = [&](const Fault& fault) { reply(FaultResponse(fault, face, is_json)); };
  if (request.method != "POST") return fail({405, "Method not allowed", "MethodNotAllowedError"});
  Result<Project> project = Authorise(request, face);
  if (!project.ok()) return fail(FromStatus(project.status()));
  if (const std::optional<Fault> fault = CheckHeaders(request, face)) return fail(*fault);
  if (Status status = store_.Admits(request.body.size()); !status.ok()) return fail(FromStatus(status));
  Result<std::string> body = ReadBody(request);
  if (!body.ok()) {
    const bool too_large = body.status().code() == StatusCode::kResourceExhausted;
    return fail({too_large ? 413 : 400, body.status().message(),
                 too_large ? "PayloadTooLargeError" : "Failed to decompress request body"});
  }
  if (is_json) {
    body = ProtobufFromOtlpJson(*body);
    if (!body.ok()) return fail({400, body.status().message(), "Failed to parse OTel JSON Trace"});
  }
  Result<BuiltBatch> built = BuildBatch(project->key, *std::move(body), options_.mapping);
  if (!built.ok()) {
    return fail({400, built.status().message(),
                 is_json ? "Failed to parse OTel JSON Trace" : "Failed to parse OTel Protobuf Trace"});
  }
  if (face == OtlpFace::kLangfuse && built->without_ids > 0) {
    const std::string text =
        fmt::format("{} spans without ids (traceId:absent or spanId:absent): is this a traces export?",
                    built->without_ids);
    return fail({400, text, text});
  }
  if (built->batch.spans.empty()) return reply(Accepted(built->rejected, built->reject_reason, is_json));
  auto shared =
      std::make_shared<Reply>(std::move(reply));  // here for a refusal, in the writer for the answer
  const Status taken =
      store_.Append(std::move(built->batch), [shared, face, is_json, rejected = built->rejected,
                                              reason = built->reject_reason](Result<AppendOutcome> outcome) {
        (*shared)(outcome.ok() ? Accepted(rejected, reason, is_json)
                               : FaultResponse(FromStatus(outcome.status()), face, is_json));
      });
  if (!taken.ok()) (*shared)(FaultResponse(FromStatus(taken), face, is_json));
}

}  // namespace repartee::server
