#include "repartee/otel/resource.h"

#include <gmock/gmock.h>

namespace repartee::otel {
namespace {

using ::testing::HasSubstr;

// "key=value" of every attribute but telemetry.sdk.*, joined by blanks.
std::string Shown(TracingMode mode, std::map<std::string, std::string> variables) {
  std::string out;
  for (const Attribute& attribute :
       MakeResource("pipecat-demo", mode, Environment::Of(std::move(variables))).attributes) {
    if (attribute.key.view().starts_with("telemetry.sdk.")) continue;
    out += (out.empty() ? "" : " ") + std::string(attribute.key.view()) + "=" +
           *attribute.value.As<std::string>();
  }
  return out;
}

TEST(Resource, SaysInPipecatModeWhatPipecatSays) {
  EXPECT_EQ(Shown(TracingMode::kPipecat, {}),
            "service.instance.id=unknown service.name=pipecat-demo deployment.environment=development");
  EXPECT_EQ(Shown(TracingMode::kPipecat, {{"ENVIRONMENT", "staging"}, {"HOSTNAME", "h-1"}}),
            "service.instance.id=h-1 service.name=pipecat-demo deployment.environment=staging");
}

TEST(Resource, LetsTheProgramWinInPipecatMode) {
  EXPECT_EQ(
      Shown(TracingMode::kPipecat,
            {{"OTEL_SERVICE_NAME", "svc-env"},
             {"OTEL_RESOURCE_ATTRIBUTES", "service.name=ra,deployment.environment=prod,team=x"}}),
      "service.instance.id=unknown service.name=pipecat-demo deployment.environment=development team=x");
}

TEST(Resource, LetsTheEnvironmentWinInExtendedMode) {
  EXPECT_EQ(Shown(TracingMode::kExtended,
                  {{"OTEL_SERVICE_NAME", "svc-env"},
                   {"OTEL_RESOURCE_ATTRIBUTES", "service.name=ra,deployment.environment=prod,k%20x=a%2Cb"}}),
            "service.instance.id=unknown service.name=svc-env deployment.environment=prod k x=a,b "
            "deployment.environment.name=prod");
  EXPECT_EQ(Shown(TracingMode::kExtended, {{"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod"},
                                           {"ENVIRONMENT", "staging"}}),
            "service.instance.id=unknown service.name=pipecat-demo deployment.environment=prod "
            "deployment.environment.name=prod");
  EXPECT_EQ(Shown(TracingMode::kExtended, {}),
            "service.instance.id=unknown service.name=pipecat-demo deployment.environment=development "
            "deployment.environment.name=development");
}

TEST(Resource, UsesNothingOfABrokenList) {
  EXPECT_THAT(Shown(TracingMode::kExtended, {{"OTEL_RESOURCE_ATTRIBUTES", "team=x,oops"}}),
              Not(HasSubstr("team")));
  const auto parsed = ParseResourceAttributes("team=x,oops,a=b");
  EXPECT_THAT(parsed.status().message(), HasSubstr("\"oops\" is not of the form key=value"));
}

TEST(TracingModeFrom, ReadsTheEnvironment) {
  EXPECT_EQ(TracingModeFrom(Environment::Of({{"REPARTEE_TRACING_MODE", "Pipecat"}})), TracingMode::kPipecat);
  EXPECT_EQ(TracingModeFrom(Environment::Of({{"REPARTEE_TRACING_MODE", "else"}})), TracingMode::kExtended);
  EXPECT_EQ(TracingModeFrom(Environment::Of({})), TracingMode::kExtended);
}

}  // namespace
}  // namespace repartee::otel
