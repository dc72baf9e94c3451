#include "repartee/server/ingest/ingest_health.h"

#include <algorithm>

#include "repartee/base/json.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxTextBytes = 500;  // paths and reasons come from outside

std::string Short(std::string_view text) { return otel::ToValidUtf8(text.substr(0, kMaxTextBytes)); }

}  // namespace

std::string ReasonOf(const HttpResponse& response) {
  if (response.body.starts_with('{')) {
    const Result<Json> body = ParseJson(response.body);
    if (!body.ok() || !body->is_object()) return {};
    const auto message = body->find("message");
    return message != body->end() && message->is_string() ? message->get<std::string>() : std::string();
  }
  otel::internal::WireReader reader(response.body);
  otel::internal::WireField field;
  while (reader.Next(field)) {
    if (field.number == 2 && field.type == 2) return std::string(field.bytes);
  }
  return {};
}

std::string_view FixOf(int status) {
  switch (status) {
    case 400: return "send OTLP as the exporter makes it; the reason names the place";
    case 401:
      return "check the keys: OTEL_EXPORTER_OTLP_HEADERS=Authorization=Basic%20<base64 of public:secret>";
    case 403: return "send keys, or name the host by --public-url";
    case 404: return "post to /api/public/otel/v1/traces, or to /v1/traces on the OTLP port";
    case 405: return "traces are sent by POST";
    case 413: return "send smaller batches: OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
    case 415: return "set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf";
    case 429:
    case 503: return "the server is busy or its disk full: exporters try again by themselves";
    default: return "";
  }
}

void IngestHealth::Note(ProjectKey project, const HttpRequest& request, const HttpResponse& response,
                        std::int64_t now_ns) {
  Refusal refusal{.project = project,
                  .time_ns = now_ns,
                  .status = response.status,
                  .reason = {},
                  .from = Short(request.remote_address),
                  .path = Short(request.path)};
  const bool refused = response.status >= 400;
  if (refused) refusal.reason = Short(ReasonOf(response));
  const std::lock_guard lock(mutex_);
  ++requests_;
  last_received_ns_ = now_ns;
  if (!refused) return;
  const auto same = std::find_if(refused_.begin(), refused_.end(), [&refusal](const Refusal& known) {
    return known.project == refusal.project && known.status == refusal.status &&
           known.reason == refusal.reason && known.from == refusal.from && known.path == refusal.path;
  });
  if (same != refused_.end()) {
    refusal.count = same->count + 1;
    refused_.erase(same);
  } else if (refused_.size() >= kMaxRefusals) {
    refused_.erase(refused_.begin());
  }
  refused_.push_back(std::move(refusal));
}

IngestHealth::Report IngestHealth::report() const {
  const std::lock_guard lock(mutex_);
  return {.requests = requests_,
          .last_received_ns = last_received_ns_,
          .refused = std::vector<Refusal>(refused_.rbegin(), refused_.rend())};
}

}  // namespace repartee::server
