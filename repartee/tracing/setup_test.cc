#include "repartee/tracing/setup.h"

#include <gmock/gmock.h>

#include "repartee/otel/in_memory_exporter.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/tracing/tracing_context.h"

namespace repartee {
namespace {

using otel::Environment;
using Variables = std::map<std::string, std::string>;

Environment Of(Variables variables) { return Environment::Of(std::move(variables)); }

TEST(TracingParams, AreExtendedUnlessTheEnvironmentSaysOtherwise) {
  const TracingParams unset = TracingParams::FromEnvironment(Of({}));
  EXPECT_TRUE(unset.extended());
  EXPECT_FALSE(unset.wire_names());
  EXPECT_TRUE(unset.makes_provisional());
  EXPECT_EQ(unset.capture_content, CaptureContent::kAll);

  const TracingParams set = TracingParams::FromEnvironment(Of({{"REPARTEE_SPAN_NAMES", "Pipecat"},
                                                               {"REPARTEE_CAPTURE_CONTENT", "last"},
                                                               {"REPARTEE_PROVISIONAL_SPANS", "off"}}));
  EXPECT_TRUE(set.extended());
  EXPECT_TRUE(set.wire_names());
  EXPECT_FALSE(set.makes_provisional());
  EXPECT_EQ(set.capture_content, CaptureContent::kLast);
}

TEST(TracingParams, PipecatModeBringsItsNamesAndNoProvisionalSpans) {
  const TracingParams params = TracingParams::FromEnvironment(Of({{"REPARTEE_TRACING_MODE", "pipecat"}}));
  EXPECT_FALSE(params.extended());
  EXPECT_TRUE(params.wire_names());
  EXPECT_FALSE(params.makes_provisional());
}

TEST(TracingParams, AnUnknownWordCountsAsUnset) {
  const TracingParams params = TracingParams::FromEnvironment(Of({{"REPARTEE_CAPTURE_CONTENT", "some"}}));
  EXPECT_EQ(params.capture_content, CaptureContent::kAll);
}

class SetupTracingTest : public ::testing::Test {
 protected:
  ~SetupTracingTest() override {
    ShutdownTracing();
    TraceTasksWith(nullptr, {});
  }
  bool SetUpWith(Variables variables) {
    return SetupTracing(
        {.service_name = "test", .exporter = std::make_unique<otel::InMemoryExporter>(store_)},
        Of(std::move(variables)));
  }
  static void RunATask() {
    PipelineTaskOptions options = testing::Rig::DefaultOptions();
    options.enable_tracing = true;
    testing::Rig rig({}, options);
    rig.task().StopWhenDone();
    rig.Run();
  }

  std::shared_ptr<otel::SpanStore> store_ = std::make_shared<otel::SpanStore>();
};

TEST_F(SetupTracingTest, HasTasksTracedThatAskForIt) {
  ASSERT_TRUE(SetUpWith({}));
  RunATask();
  ASSERT_TRUE(GlobalTracerProvider()->ForceFlush(std::chrono::seconds(10)));

  ASSERT_EQ(store_->spans().size(), 2u);
  EXPECT_EQ(store_->spans()[0]->name, "turn-1");
  EXPECT_EQ(store_->spans()[1]->name, "conversation");
}

TEST_F(SetupTracingTest, TracesNothingWhenTheEnvironmentSwitchesItOff) {
  EXPECT_TRUE(SetUpWith({{"ENABLE_TRACING", "off"}}));
  RunATask();

  EXPECT_TRUE(store_->spans().empty());
}

TEST_F(SetupTracingTest, TakesTheModeOfTheEnvironment) {
  ASSERT_TRUE(SetUpWith({{"REPARTEE_TRACING_MODE", "pipecat"}}));
  RunATask();
  ASSERT_TRUE(ShutdownTracing());

  ASSERT_EQ(store_->spans().size(), 2u);
  EXPECT_EQ(store_->spans()[0]->name, "turn");
}

}  // namespace
}  // namespace repartee
