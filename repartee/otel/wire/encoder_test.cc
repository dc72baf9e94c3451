#include "repartee/otel/wire/encoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"

namespace repartee::otel {
namespace {

namespace proto = opentelemetry::proto;
using Request = proto::collector::trace::v1::ExportTraceServiceRequest;

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(REPARTEE_SOURCE_DIR) + "/tests/golden/tracing/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

AttributeValue FromProto(const proto::common::v1::AnyValue& value);

template <class List = Attributes>
List FromProto(const google::protobuf::RepeatedPtrField<proto::common::v1::KeyValue>& pairs) {
  List attributes;
  for (const auto& pair : pairs) attributes.push_back({pair.key(), FromProto(pair.value())});
  return attributes;
}

AttributeValue FromProto(const proto::common::v1::AnyValue& value) {
  if (value.has_string_value()) return value.string_value();
  if (value.has_bool_value()) return value.bool_value();
  if (value.has_int_value()) return value.int_value();
  if (value.has_double_value()) return value.double_value();
  if (value.has_kvlist_value()) return FromProto<AttributeValue::KeyValueList>(value.kvlist_value().values());
  if (!value.has_array_value()) return {};
  AttributeValue::Array array;
  for (const auto& item : value.array_value().values()) array.push_back(FromProto(item));
  return array;
}

template <std::size_t N>
Id<N> ToId(const std::string& bytes) {
  Id<N> id;
  if (bytes.size() == N) std::memcpy(id.bytes.data(), bytes.data(), N);
  return id;
}

SpanPtr FromProto(const proto::trace::v1::Span& from, const std::string& scope,
                  const std::shared_ptr<const Resource>& resource) {
  auto span = std::make_shared<SpanData>();
  span->name = from.name();
  span->context = {.trace_id = ToId<16>(from.trace_id()), .span_id = ToId<8>(from.span_id())};
  span->parent_span_id = ToId<8>(from.parent_span_id());
  span->start = Nanos(static_cast<std::int64_t>(from.start_time_unix_nano()));
  span->end = Nanos(static_cast<std::int64_t>(from.end_time_unix_nano()));
  span->attributes = FromProto(from.attributes());
  for (const auto& event : from.events()) {
    span->events.push_back({.name = event.name(),
                            .time = Nanos(static_cast<std::int64_t>(event.time_unix_nano())),
                            .attributes = FromProto(event.attributes())});
  }
  span->status = static_cast<SpanStatus>(from.status().code());
  span->status_description = from.status().message();
  span->scope_name = scope;
  span->resource = resource;
  return span;
}

std::vector<SpanPtr> FromProto(const Request& request) {
  std::vector<SpanPtr> spans;
  for (const auto& group : request.resource_spans()) {
    const auto resource =
        std::make_shared<const Resource>(Resource{.attributes = FromProto(group.resource().attributes())});
    for (const auto& scope : group.scope_spans()) {
      for (const auto& span : scope.spans()) spans.push_back(FromProto(span, scope.scope().name(), resource));
    }
  }
  return spans;
}

Request Parse(const std::string& bytes) {
  Request request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  return request;
}

std::string Encode(const std::vector<SpanPtr>& spans) {
  std::string bytes;
  EncodeTraceRequest(spans, bytes);
  return bytes;
}

class RecordedBody : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedBody, ComesOutAsItWasSent) {
  const std::string recorded = ReadGolden(GetParam());
  ASSERT_FALSE(recorded.empty());

  const std::string encoded = Encode(FromProto(Parse(recorded)));

  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(Parse(recorded), Parse(encoded))) << difference;
  EXPECT_EQ(encoded, recorded);
}

INSTANTIATE_TEST_SUITE_P(Golden, RecordedBody,
                         ::testing::Values("two_turns_end/otlp-1.binpb", "two_turns_end/otlp-2.binpb",
                                           "additional_attributes/otlp-1.binpb",
                                           "additional_attributes/otlp-2.binpb", "llm_error/otlp-1.binpb",
                                           "llm_error/otlp-2.binpb", "function_call/otlp-1.binpb",
                                           "function_call/otlp-2.binpb"));

SpanData MakeSpan(std::string name) {
  SpanData span;
  span.name = std::move(name);
  span.context = {.trace_id = RandomTraceId(), .span_id = RandomSpanId(), .sampled = true};
  return span;
}

SpanPtr Share(SpanData span) { return std::make_shared<const SpanData>(std::move(span)); }

TEST(Encoder, WritesEverythingThatASpanCanCarry) {
  SpanData span = MakeSpan("everything");
  span.parent_span_id = RandomSpanId();
  span.parent_is_remote = true;
  span.kind = SpanKind::kClient;
  span.start = Nanos(1'700'000'000'000'000'001);
  span.end = Nanos(1'700'000'000'000'000'002);
  span.attributes = {{"empty", {}},
                     {"text", std::string(20'000, 'x')},
                     {"negative", -1},
                     {"zero", 0},
                     {"false", false},
                     {"list", AttributeValue::Array{1, "two", 3.5, AttributeValue::Array{}}},
                     {"map", AttributeValue::KeyValueList{{"a", 1}, {"b", AttributeValue::KeyValueList{}}}}};
  span.events = {{.name = "e", .time = Nanos(5), .attributes = {{"k", "v"}}, .dropped_attributes = 2}};
  span.links = {{.context = {.trace_id = RandomTraceId(), .span_id = RandomSpanId(), .is_remote = true},
                 .attributes = {{"l", true}},
                 .dropped_attributes = 3}};
  span.status = SpanStatus::kError;
  span.status_description = "broken";
  span.dropped_attributes = 4;
  span.dropped_events = 5;
  span.dropped_links = 6;
  span.scope_name = "scope";

  const Request request = Parse(Encode({Share(span)}));

  ASSERT_EQ(request.resource_spans_size(), 1);
  EXPECT_EQ(request.resource_spans(0).scope_spans(0).scope().name(), "scope");
  const auto& sent = request.resource_spans(0).scope_spans(0).spans(0);
  EXPECT_EQ(sent.trace_id(), span.context.trace_id.view());
  EXPECT_EQ(sent.parent_span_id(), span.parent_span_id.view());
  EXPECT_EQ(sent.kind(), proto::trace::v1::Span::SPAN_KIND_CLIENT);
  EXPECT_EQ(sent.start_time_unix_nano(), 1'700'000'000'000'000'001u);
  EXPECT_EQ(sent.end_time_unix_nano(), 1'700'000'000'000'000'002u);
  EXPECT_EQ(sent.flags(), 0x300u);
  EXPECT_EQ(sent.status().code(), proto::trace::v1::Status::STATUS_CODE_ERROR);
  EXPECT_EQ(sent.status().message(), "broken");
  EXPECT_EQ(sent.dropped_attributes_count(), 4u);
  EXPECT_EQ(sent.dropped_events_count(), 5u);
  EXPECT_EQ(sent.dropped_links_count(), 6u);
  EXPECT_EQ(sent.events(0).dropped_attributes_count(), 2u);
  EXPECT_EQ(sent.links(0).flags(), 0x300u);
  EXPECT_EQ(sent.links(0).dropped_attributes_count(), 3u);
  ASSERT_EQ(sent.attributes_size(), 7);
  EXPECT_TRUE(sent.attributes(0).has_value());
  EXPECT_EQ(sent.attributes(0).value().value_case(), proto::common::v1::AnyValue::VALUE_NOT_SET);
  EXPECT_EQ(sent.attributes(1).value().string_value().size(), 20'000u);
  EXPECT_EQ(sent.attributes(2).value().int_value(), -1);
  EXPECT_TRUE(sent.attributes(3).value().has_int_value());
  EXPECT_TRUE(sent.attributes(4).value().has_bool_value());
  EXPECT_EQ(sent.attributes(5).value().array_value().values(2).double_value(), 3.5);
  EXPECT_EQ(sent.attributes(6).value().kvlist_value().values(0).value().int_value(), 1);
  EXPECT_EQ(Parse(Encode({Share(span)})).SerializeAsString(), Encode({Share(span)}));
}

TEST(Encoder, GroupsByResourceAndScopeInOrderOfAppearance) {
  const auto resource = std::make_shared<const Resource>(Resource{.attributes = {{"service.name", "a"}}});
  const auto other = std::make_shared<const Resource>(Resource{.attributes = {{"service.name", "b"}}});
  const auto make = [](std::string name, std::string scope, std::shared_ptr<const Resource> of) {
    SpanData span = MakeSpan(std::move(name));
    span.scope_name = std::move(scope);
    span.resource = std::move(of);
    return Share(std::move(span));
  };

  const Request request = Parse(Encode(
      {make("1", "s", resource), make("2", "t", resource), make("3", "s", other), make("4", "s", resource)}));

  ASSERT_EQ(request.resource_spans_size(), 2);
  ASSERT_EQ(request.resource_spans(0).scope_spans_size(), 2);
  EXPECT_EQ(request.resource_spans(0).scope_spans(0).spans_size(), 2);
  EXPECT_EQ(request.resource_spans(0).scope_spans(0).spans(1).name(), "4");
  EXPECT_EQ(request.resource_spans(0).scope_spans(1).spans(0).name(), "2");
  EXPECT_EQ(request.resource_spans(1).resource().attributes(0).value().string_value(), "b");
}

TEST(Encoder, MendsTextThatIsNoUtf8SinceReceiversRefuseTheWholeBatch) {
  SpanData span = MakeSpan("caf\xe9");
  span.attributes = {{std::string("k\xff"), "v\xc3"}};

  const Request request = Parse(Encode({Share(span)}));

  const auto& sent = request.resource_spans(0).scope_spans(0).spans(0);
  EXPECT_EQ(sent.name(), "caf\xef\xbf\xbd");
  EXPECT_EQ(sent.attributes(0).key(), "k\xef\xbf\xbd");
  EXPECT_EQ(sent.attributes(0).value().string_value(), "v\xef\xbf\xbd");
}

TEST(Encoder, WritesNothingForNoSpans) { EXPECT_EQ(Encode({}), ""); }

}  // namespace
}  // namespace repartee::otel
