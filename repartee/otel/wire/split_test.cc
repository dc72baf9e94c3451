#include "repartee/otel/wire/split.h"

#include <gmock/gmock.h>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "repartee/otel/span_for_test.h"
#include "repartee/otel/wire/encoder.h"

namespace repartee::otel {
namespace {

using opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;

// "resource/scope/span" of each span.
std::vector<std::string> Outline(const std::string& body) {
  ExportTraceServiceRequest request;
  EXPECT_TRUE(request.ParseFromString(body));
  std::vector<std::string> lines;
  for (const auto& resource : request.resource_spans()) {
    const std::string name = resource.resource().attributes().empty()
                                 ? ""
                                 : resource.resource().attributes(0).value().string_value();
    for (const auto& scope : resource.scope_spans()) {
      for (const auto& span : scope.spans())
        lines.push_back(name + "/" + scope.scope().name() + "/" + span.name());
    }
  }
  return lines;
}

std::string Encoded(const std::vector<SpanPtr>& spans) {
  std::string body;
  EncodeTraceRequest(spans, body);
  return body;
}

SpanPtr SpanOf(std::string name, std::string scope, std::shared_ptr<const Resource> resource) {
  SpanData span = *SpanForTest(std::move(name));
  span.scope_name = std::move(scope);
  span.resource = std::move(resource);
  return std::make_shared<SpanData>(std::move(span));
}

TEST(SplitTraceRequest, KeepsEachSpanWithItsScopeAndResource) {
  const auto a = std::make_shared<const Resource>(Resource{{{"service.name", "a"}}});
  const auto b = std::make_shared<const Resource>(Resource{{{"service.name", "b"}}});
  const std::string whole = Encoded({SpanOf("1", "x", a), SpanOf("2", "x", a), SpanOf("3", "y", a),
                                     SpanOf("4", "y", a), SpanOf("5", "y", b)});

  const Result<SplitRequest> split = SplitTraceRequest(whole);

  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_THAT(Outline(split->first), ::testing::ElementsAre("a/x/1", "a/x/2"));
  EXPECT_THAT(Outline(split->second), ::testing::ElementsAre("a/y/3", "a/y/4", "b/y/5"));
  EXPECT_EQ(split->first_spans, 2U);
  EXPECT_EQ(split->second_spans, 3U);
}

TEST(SplitTraceRequest, LeavesTheBytesOfASpanAsTheyAre) {
  const std::vector<SpanPtr> spans = SpansForTest(2);

  const Result<SplitRequest> split = SplitTraceRequest(Encoded(spans));

  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_EQ(split->first, Encoded({spans[0]}));
  EXPECT_EQ(split->second, Encoded({spans[1]}));
}

TEST(SplitTraceRequest, RefusesOneSpanAndWhatIsNone) {
  EXPECT_EQ(SplitTraceRequest(Encoded(SpansForTest(1))).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(SplitTraceRequest("").status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(SplitTraceRequest("\x0a\xff").status().code(), StatusCode::kMalformed);
}

}  // namespace
}  // namespace repartee::otel
