#include "repartee/otel/wire/json_encoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <limits>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "repartee/base/encoding.h"
#include "repartee/base/json.h"
#include "repartee/otel/wire/encoder.h"

namespace repartee::otel {
namespace {

using Request = opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;

std::vector<SpanPtr> Spans() {
  auto resource = std::make_shared<Resource>();
  resource->attributes = {{"service.name", "pipecat-demo"}};
  auto full = std::make_shared<SpanData>();
  full->name = "turn-1 \xff";
  full->context = {.trace_id = RandomTraceId(), .span_id = RandomSpanId(), .sampled = true};
  full->parent_span_id = RandomSpanId();
  full->start = Nanos(1'700'000'000'123'456'789);
  full->end = full->start + std::chrono::seconds(1);
  full->attributes = {{"text", "Füße \"quoted\"\n"},
                      {"int", std::numeric_limits<std::int64_t>::max()},
                      {"double", 0.5},
                      {"huge", std::numeric_limits<double>::infinity()},
                      {"bool", false},
                      {"empty", AttributeValue()},
                      {"list", AttributeValue::Array{"a", 1}},
                      {"map", AttributeValue::KeyValueList{{"k", true}}}};
  full->events.push_back({.name = "exception", .time = full->start, .attributes = {{"exception.type", "X"}}});
  full->links.push_back(
      {.context = {.trace_id = RandomTraceId(), .span_id = RandomSpanId(), .is_remote = true}});
  full->status = SpanStatus::kError;
  full->status_description = "X: went wrong";
  full->dropped_attributes = 3;
  full->scope_name = "pipecat.turn";
  full->resource = resource;
  auto bare = std::make_shared<SpanData>();
  bare->context = {.trace_id = RandomTraceId(), .span_id = RandomSpanId()};
  bare->scope_name = "pipecat";
  bare->resource = resource;
  return {full, bare};
}

// OTLP has ids in hex where protobuf's own JSON has base64.
void IdsToBase64(Json& value) {
  if (value.is_array()) {
    for (Json& item : value) IdsToBase64(item);
  }
  if (!value.is_object()) return;
  for (auto& [key, member] : value.items()) {
    const bool id = key == "traceId" || key == "spanId" || key == "parentSpanId";
    if (id) {
      member = Base64Encode(*HexDecode(member.get<std::string>()));
    } else {
      IdsToBase64(member);
    }
  }
}

TEST(JsonEncoder, SaysWhatTheProtobufEncoderSays) {
  const std::vector<SpanPtr> spans = Spans();
  std::string text;
  EncodeTraceRequestJson(spans, text);
  std::string bytes;
  EncodeTraceRequest(spans, bytes);

  Result<Json> json = ParseJson(text);
  ASSERT_TRUE(json.ok()) << json.status();
  IdsToBase64(*json);
  Request from_json;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json->dump(), &from_json).ok());
  Request from_bytes;
  ASSERT_TRUE(from_bytes.ParseFromString(bytes));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(from_json, from_bytes));
}

TEST(JsonEncoder, WritesIdsInHexAndLongNumbersAsText) {
  const std::vector<SpanPtr> spans = Spans();
  std::string text;
  EncodeTraceRequestJson(spans, text);

  EXPECT_EQ(text.find('\n'), std::string::npos);
  const Json span = (*ParseJson(text))["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  EXPECT_EQ(span["traceId"], spans[0]->context.trace_id.ToHex());
  EXPECT_EQ(span["startTimeUnixNano"], "1700000000123456789");
  EXPECT_EQ(span["kind"], 1);
  EXPECT_EQ(span["attributes"][1]["value"]["intValue"], "9223372036854775807");
}

}  // namespace
}  // namespace repartee::otel
