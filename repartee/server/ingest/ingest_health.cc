#include "repartee/server/ingest/ingest_health.h"

#include <algorithm>

#include "repartee/base/json.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxTextBytes = 500;  // paths and reasons come from outside
// An answer that says why spans were not taken is not larger; those that name each event of a batch are.
constexpr std::size_t kMaxPartialBytes = 4'096;

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

std::string PartialReasonOf(const HttpResponse& response) {
  if (response.body.size() > kMaxPartialBytes) return {};
  if (response.body.starts_with('{')) {
    const Result<Json> body = ParseJson(response.body);
    if (!body.ok() || !body->is_object()) return {};
    const auto partial = body->find("partialSuccess");
    if (partial == body->end() || !partial->is_object()) return {};
    const auto message = partial->find("errorMessage");
    return message != partial->end() && message->is_string() ? message->get<std::string>() : std::string();
  }
  otel::internal::WireReader reader(response.body);
  otel::internal::WireField field;
  while (reader.Next(field)) {
    if (field.number != 1 || field.type != 2) continue;
    HttpResponse partial;
    partial.body = std::string(field.bytes);
    return ReasonOf(partial);
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
                        std::int64_t now_ns, IngestEffort effort) {
  const bool refused = response.status >= 400;
  ReceivedRequest received{.project = project,
                           .time_ns = now_ns,
                           .status = response.status,
                           .reason = Short(refused ? ReasonOf(response) : PartialReasonOf(response)),
                           .from = Short(request.remote_address),
                           .path = Short(request.path),
                           .effort = effort};
  const std::lock_guard lock(mutex_);
  ++requests_;
  last_received_ns_ = now_ns;
  course_.Note(project, refused, now_ns);
  if (refused) {
    KeepRefusal({.project = project,
                 .time_ns = now_ns,
                 .status = received.status,
                 .reason = received.reason,
                 .from = received.from,
                 .path = received.path});
  }
  if (received_.size() >= kMaxReceivedRequests) received_.pop_front();
  received_.push_back(std::move(received));
}

void IngestHealth::KeepRefusal(Refusal refusal) {
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

std::vector<IngestMinute> IngestHealth::LastHour(const std::vector<ProjectKey>& projects,
                                                 std::int64_t now_ns) const {
  const std::lock_guard lock(mutex_);
  return course_.LastHour(projects, now_ns);
}

IngestHealth::Report IngestHealth::report() const {
  const std::lock_guard lock(mutex_);
  return {.requests = requests_,
          .last_received_ns = last_received_ns_,
          .refused = std::vector<Refusal>(refused_.rbegin(), refused_.rend()),
          .received = std::vector<ReceivedRequest>(received_.rbegin(), received_.rend())};
}

}  // namespace repartee::server
