#include "tests/scenario/trace_collector.h"

#include <google/protobuf/util/json_util.h>
#include <zlib.h>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "repartee/base/encoding.h"

namespace repartee::scenario {
namespace {

constexpr std::size_t kMaxInflated = 256u << 20;

// gzip or zlib.
Result<std::string> Inflate(const std::string& body) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return Status::Internal("no memory to inflate");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  std::string piece(65536, '\0');
  int code = Z_OK;
  while (code == Z_OK && out.size() < kMaxInflated) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, 0, piece.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) return Status::Malformed("the body does not inflate");
  return out;
}

// Protobuf's own JSON has bytes in base64; OTLP wants its ids in hex.
void IdsToHex(Json& value) {
  if (value.is_array()) {
    for (Json& item : value) IdsToHex(item);
  }
  if (!value.is_object()) return;
  for (auto& [key, member] : value.items()) {
    const bool id = key == "traceId" || key == "spanId" || key == "parentSpanId";
    if (!id || !member.is_string()) {
      IdsToHex(member);
    } else if (const auto bytes = Base64Decode(member.get<std::string>()); bytes.ok()) {
      member = HexEncode(*bytes);
    }
  }
}

}  // namespace

Result<Json> TraceRequestToJson(const std::string& body) {
  opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest request;
  if (!request.ParseFromString(body)) return Status::Malformed("the body is no ExportTraceServiceRequest");
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_enums_as_ints = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(request, &text, options).ok())
    return Status::Malformed("the request has no JSON form");
  Result<Json> json = ParseJson(text);
  if (json.ok()) IdsToHex(*json);
  return json;
}

TraceCollector::TraceCollector(std::vector<CollectorAnswer> answers) : answers_(std::move(answers)) {}

Status TraceCollector::Listen() {
  HttpServerOptions options;
  options.max_body_bytes = 64u << 20;
  auto server = HttpServer::Listen(
      options, [this](HttpRequest request, HttpResponder responder) { responder.Send(Answer(request)); });
  if (!server.ok()) return std::move(server).status();
  server_ = *std::move(server);
  return OkStatus();
}

HttpResponse TraceCollector::Answer(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  const CollectorAnswer answer = count_ < answers_.size() ? answers_[count_] : CollectorAnswer();
  ++count_;
  if (answer.status == 200) {
    const bool plain = request.headers.Get("content-encoding").empty();
    Result<std::string> body = plain ? Result<std::string>(request.body) : Inflate(request.body);
    Result<Json> json = body.ok() ? TraceRequestToJson(*body) : Result<Json>(body.status());
    if (json.ok()) {
      requests_.push_back(*std::move(json));
      bodies_.push_back(*std::move(body));
    } else if (fault_.ok()) {
      fault_ = std::move(json).status().Annotate("request {}", count_);
    }
  }
  HttpResponse response;
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.headers.Add(name, value);
  response.body = answer.body;
  return response;
}

Json TraceCollector::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}
std::vector<std::string> TraceCollector::bodies() const {
  const std::lock_guard lock(mutex_);
  return bodies_;
}
Status TraceCollector::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

}  // namespace repartee::scenario
