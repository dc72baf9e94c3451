#include "repartee/otel/propagation.h"

#include <gmock/gmock.h>

#include "repartee/otel/in_memory_exporter.h"
#include "repartee/otel/tracer.h"

namespace repartee::otel {
namespace {

// The example of W3C's recommendation.
constexpr char kExample[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceParent, IsReadAndWrittenAsTheRecommendationHasIt) {
  const Result<SpanContext> context = ParseTraceParent(kExample);

  ASSERT_TRUE(context.ok()) << context.status();
  EXPECT_EQ(context->trace_id.ToHex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(context->span_id.ToHex(), "b7ad6b7169203331");
  EXPECT_TRUE(context->sampled);
  EXPECT_TRUE(context->is_remote);
  EXPECT_EQ(ToTraceParent(*context), kExample);
  EXPECT_EQ(ToTraceParent({}), "");
}

TEST(TraceParent, OfALaterVersionIsReadAsFarAsItIsKnown) {
  const std::string rest = std::string(kExample).substr(2);

  EXPECT_TRUE(ParseTraceParent("01" + rest + "-what-else").ok());
  EXPECT_FALSE(ParseTraceParent("01" + rest + "x").ok());
  EXPECT_FALSE(ParseTraceParent("ff" + rest).ok());
  EXPECT_FALSE(ParseTraceParent("00" + rest + "-what-else").ok());
}

TEST(TraceParent, IsRefusedWhenItIsBroken) {
  for (const char* text : {"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333x-01"}) {
    EXPECT_EQ(ParseTraceParent(text).status().code(), StatusCode::kMalformed) << text;
  }
}

// One process asks another: the second one's span belongs to the first one's.
TEST(Propagator, CarriesATraceIntoAnotherProcess) {
  const auto store = std::make_shared<SpanStore>();
  TracerProvider provider(TracerProviderOptions{});
  provider.AddBatchExporter(std::make_unique<InMemoryExporter>(store), {});
  const Propagator propagator = Propagator::FromEnvironment(Environment::Of({}));
  Span asks = provider.GetTracer("t").StartSpan("asks");
  HttpHeaders request = {{"traceparent", "stale"}};
  propagator.Inject(asks.context(), request);

  StartOptions options;
  options.parent = propagator.Extract(request);
  provider.GetTracer("t").StartSpan("answers", std::move(options)).End();
  provider.Shutdown(std::chrono::seconds(10));

  ASSERT_EQ(store->spans().size(), 1U);
  EXPECT_EQ(store->spans()[0]->context.trace_id, asks.context().trace_id);
  EXPECT_EQ(store->spans()[0]->parent_span_id, asks.context().span_id);
  EXPECT_TRUE(store->spans()[0]->parent_is_remote);
}

TEST(Propagator, SendsNothingWhereTheEnvironmentLeavesItOut) {
  const SpanContext context = *ParseTraceParent(kExample);
  for (const auto& [list, sends] :
       {std::pair("baggage", false), std::pair("none", false), std::pair("", true),
        std::pair("tracecontext,baggage", true), std::pair("b3,TraceContext", true)}) {
    const Propagator propagator = Propagator::FromEnvironment(Environment::Of({{"OTEL_PROPAGATORS", list}}));
    HttpHeaders headers;
    propagator.Inject(context, headers);

    EXPECT_EQ(headers.Has("traceparent"), sends) << list;
  }
  HttpHeaders none;
  Propagator().Inject({}, none);
  EXPECT_FALSE(none.Has("traceparent"));
  EXPECT_FALSE(Propagator().Extract(none).valid());
}

}  // namespace
}  // namespace repartee::otel
