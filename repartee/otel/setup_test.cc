#include "repartee/otel/setup.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "repartee/otel/in_memory_exporter.h"

namespace repartee {
namespace {

using otel::Environment;
using otel::InMemoryExporter;
using otel::SpanStore;
using ::testing::SizeIs;

class SetupProviderTest : public ::testing::Test {
 protected:
  ~SetupProviderTest() override { ShutdownTracing(); }

  bool Begin(std::map<std::string, std::string> variables) {
    return SetupProvider({.service_name = "test", .exporter = std::make_unique<InMemoryExporter>(store_)},
                         Environment::Of(std::move(variables)));
  }
  static void EndOneSpan() { GlobalTracerProvider()->GetTracer("pipecat").StartSpan("s").End(); }

  std::shared_ptr<SpanStore> store_ = std::make_shared<SpanStore>();
};

TEST_F(SetupProviderTest, SendsSpansToTheExporter) {
  EXPECT_TRUE(Begin({}));
  EndOneSpan();
  EXPECT_TRUE(GlobalTracerProvider()->ForceFlush(std::chrono::seconds(10)));

  ASSERT_THAT(store_->spans(), SizeIs(1));
  const otel::AttributeValue* name = FindAttribute(store_->spans()[0]->resource->attributes, "service.name");
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(ToText(*name), "\"test\"");
}

TEST_F(SetupProviderTest, ShutdownSendsWhatIsLeft) {
  EXPECT_TRUE(Begin({}));
  EndOneSpan();

  EXPECT_TRUE(ShutdownTracing());

  EXPECT_THAT(store_->spans(), SizeIs(1));
  EXPECT_FALSE(GlobalTracerProvider()->enabled());
  EndOneSpan();
  EXPECT_THAT(store_->spans(), SizeIs(1));
}

TEST_F(SetupProviderTest, DoesNothingWhenTheEnvironmentSwitchesItOff) {
  for (const char* word : {"false", "0", "no", "off", ""}) {
    EXPECT_TRUE(Begin({{"ENABLE_TRACING", word}}));
    EXPECT_FALSE(GlobalTracerProvider()->enabled()) << word;
  }
  EXPECT_TRUE(Begin({{"OTEL_TRACES_EXPORTER", "none"}}));
  EXPECT_FALSE(GlobalTracerProvider()->enabled());
  EXPECT_TRUE(Begin({{"OTEL_SDK_DISABLED", "TRUE"}}));
  EXPECT_FALSE(GlobalTracerProvider()->enabled());
  EXPECT_TRUE(Begin({{"OTEL_SDK_DISABLED", "1"}}));
  EXPECT_TRUE(GlobalTracerProvider()->enabled());
}

TEST_F(SetupProviderTest, KeepsTheFirstSetupUntilItIsShutDown) {
  EXPECT_TRUE(Begin({}));
  EXPECT_FALSE(Begin({}));
  ShutdownTracing();
  EXPECT_TRUE(Begin({}));
}

TEST_F(SetupProviderTest, SaysSoWhenSpansWouldGoNowhere) {
  EXPECT_FALSE(SetupProvider({.service_name = "test"}, Environment::Of({})));
  EXPECT_FALSE(GlobalTracerProvider()->enabled());
}

TEST_F(SetupProviderTest, SurvivesBadSettings) {
  EXPECT_TRUE(Begin({{"OTEL_BSP_SCHEDULE_DELAY", "soon"}, {"OTEL_BSP_MAX_QUEUE_SIZE", "8"}}));
  EndOneSpan();
  EXPECT_TRUE(ShutdownTracing());

  EXPECT_THAT(store_->spans(), SizeIs(1));
}

TEST_F(SetupProviderTest, GoesOnUntracedInPipecatModeWhereAQueueCannotBe) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"OTEL_BSP_SCHEDULE_DELAY", "0"},
                                          {"OTEL_BSP_MAX_QUEUE_SIZE", "8"},
                                          {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0"}}) {
    EXPECT_FALSE(Begin({{name, value}, {"REPARTEE_TRACING_MODE", "pipecat"}})) << name;
    EXPECT_FALSE(GlobalTracerProvider()->enabled());
    EXPECT_TRUE(Begin({{name, value}})) << name;
    ShutdownTracing();
  }
}

TEST_F(SetupProviderTest, HonoursTheSamplerOfTheEnvironment) {
  EXPECT_TRUE(Begin({{"OTEL_TRACES_SAMPLER", "always_off"}}));
  EndOneSpan();
  EXPECT_TRUE(ShutdownTracing());

  EXPECT_THAT(store_->spans(), SizeIs(0));
}

TEST_F(SetupProviderTest, GivesEachOfSeveralExportersEverySpan) {
  const std::string path = ::testing::TempDir() + "setup_test.jsonl";
  std::filesystem::remove(path);
  auto second = std::make_shared<SpanStore>();
  ProviderSetup setup{.service_name = "test", .exporter = std::make_unique<InMemoryExporter>(store_)};
  setup.more_exporters.push_back(std::make_unique<InMemoryExporter>(second));
  EXPECT_TRUE(SetupProvider(std::move(setup), Environment::Of({{"REPARTEE_TRACE_FILE", path}})));
  EndOneSpan();
  EXPECT_TRUE(ShutdownTracing());

  EXPECT_THAT(store_->spans(), SizeIs(1));
  EXPECT_THAT(second->spans(), SizeIs(1));
  EXPECT_GT(std::filesystem::file_size(path), 100u);
  std::filesystem::remove(path);
}

TEST_F(SetupProviderTest, TakesAListOfExportersFromTheEnvironment) {
  ::testing::internal::CaptureStdout();
  EXPECT_TRUE(Begin({{"OTEL_TRACES_EXPORTER", "console, otlp,zipkin"}}));
  EndOneSpan();
  EXPECT_TRUE(ShutdownTracing());

  EXPECT_THAT(::testing::internal::GetCapturedStdout(), ::testing::StartsWith("span s\n"));
  EXPECT_THAT(store_->spans(), SizeIs(1));
}

TEST_F(SetupProviderTest, PrintsToTheConsoleWhenAsked) {
  ::testing::internal::CaptureStdout();
  EXPECT_TRUE(Begin({{"OTEL_CONSOLE_EXPORT", "true"}}));
  EndOneSpan();
  EXPECT_TRUE(ShutdownTracing());

  EXPECT_THAT(::testing::internal::GetCapturedStdout(), ::testing::StartsWith("span s\n"));
  EXPECT_THAT(store_->spans(), SizeIs(1));
}

}  // namespace
}  // namespace repartee
